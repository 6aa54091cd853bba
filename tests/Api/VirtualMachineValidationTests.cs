using System.Text.Json;
using Berth.Kubernetes;

namespace Berth.Api.Tests;

public sealed class VirtualMachineValidationTests
{
    private static readonly Wrong<VirtualMachine> Table = new Wrong<VirtualMachine>(Samples.Machine, VirtualMachineValidation.Check)
        .Invalid("name with a dot", "metadata.name", vm => vm.Metadata.Name = "a.b")
        .Invalid("name in capitals", "metadata.name", vm => vm.Metadata.Name = "Web")
        .Invalid("name of 64 characters", "metadata.name", vm => vm.Metadata.Name = new string('a', 64))
        .Invalid("no name", "metadata.name", vm => vm.Metadata.Name = null)
        .Invalid("no metadata", "metadata.name", vm => vm.Metadata = null!)
        .Invalid("no spec", "spec", vm => vm.Spec = null!)
        .NotSupported("paused", "spec.powerState", vm => vm.Spec.PowerState = "Paused")
        .NotSupported("saved", "spec.powerState", vm => vm.Spec.PowerState = "Saved")
        .Invalid("unknown power state", "spec.powerState", vm => vm.Spec.PowerState = "On")
        .Invalid("no power state", "spec.powerState", vm => vm.Spec.PowerState = null!)
        .Invalid("unknown restart policy", "spec.restartPolicy", vm => vm.Spec.RestartPolicy = "Sometimes")
        .Invalid("negative grace", "spec.terminationGracePeriodSeconds", vm => vm.Spec.TerminationGracePeriodSeconds = -1)
        .Invalid("endless grace", "spec.terminationGracePeriodSeconds", vm => vm.Spec.TerminationGracePeriodSeconds = long.MaxValue)
        .NotSupported("live migration or nothing", "spec.evictionStrategy", vm => vm.Spec.EvictionStrategy = "LiveMigrate")
        .NotSupported("shutdown at eviction", "spec.evictionStrategy", vm => vm.Spec.EvictionStrategy = "Shutdown")
        .Invalid("unknown eviction strategy", "spec.evictionStrategy", vm => vm.Spec.EvictionStrategy = "none")
        .Invalid("no cores", "spec.cpu.cores", vm => vm.Spec.Cpu!.Cores = 0)
        .Invalid("too many sockets", "spec.cpu.sockets", vm => vm.Spec.Cpu!.Sockets = 65)
        .Invalid("negative threads", "spec.cpu.threads", vm => vm.Spec.Cpu!.Threads = -1)
        .Invalid("too many CPUs together", "spec.cpu", vm => (vm.Spec.Cpu!.Cores, vm.Spec.Cpu.Sockets) = (1024, 5))
        .NotSupported("CPU hotplug", "spec.cpu.max", vm => vm.Spec.Cpu!.Max = 2)
        .NotSupported("dedicated CPUs", "spec.cpu.dedicated", vm => vm.Spec.Cpu!.Dedicated = true)
        .Invalid("CPU model with markup", "spec.cpu.model", vm => vm.Spec.Cpu!.Model = "<model>")
        .Invalid("no CPU model", "spec.cpu.model", vm => vm.Spec.Cpu!.Model = null!)
        .Invalid("feature twice", "spec.cpu.features[1].name", vm => vm.Spec.Cpu!.Features![1].Name = "vmx")
        .Invalid("feature without name", "spec.cpu.features[0].name", vm => vm.Spec.Cpu!.Features![0].Name = "")
        .Invalid("feature that is null", "spec.cpu.features[0].name", vm => vm.Spec.Cpu!.Features![0] = null!)
        .Invalid("unknown feature policy", "spec.cpu.features[1].policy", vm => vm.Spec.Cpu!.Features![1].Policy = "on")
        .Invalid("129 features", "spec.cpu.features", vm => vm.Spec.Cpu!.Features = [.. Enumerable.Range(0, 129).Select(n => new CpuFeature { Name = $"f{n}" })])
        .Invalid("no memory", "spec.memory.size", vm => vm.Spec.Memory = null!)
        .Invalid("no memory size", "spec.memory.size", vm => vm.Spec.Memory = new())
        .Invalid("negative memory", "spec.memory.size", vm => vm.Spec.Memory.Size = Quantity.Parse("-1Gi"))
        .Invalid("memory in part of a MiB", "spec.memory.size", vm => vm.Spec.Memory.Size = Quantity.Parse("1G"))
        .Invalid("memory in thousandths", "spec.memory.size", vm => vm.Spec.Memory.Size = Quantity.Parse("500m"))
        .Invalid("far too much memory", "spec.memory.size", vm => vm.Spec.Memory.Size = Quantity.Parse("65Ti"))
        .Invalid("memory that is no quantity", "spec.memory.size", vm => vm.Spec.Memory.Size = JsonSerializer.Deserialize<Quantity>("\"much\""))
        .NotSupported("memory hotplug", "spec.memory.max", vm => vm.Spec.Memory.Max = Quantity.Parse("4Gi"))
        .NotSupported("huge pages", "spec.memory.hugepages", vm => vm.Spec.Memory.Hugepages = Quantity.Parse("2Mi"))
        .NotSupported("UEFI", "spec.firmware.type", vm => vm.Spec.Firmware!.Type = "uefi")
        .Invalid("unknown firmware", "spec.firmware.type", vm => vm.Spec.Firmware!.Type = "coreboot")
        .NotSupported("secure boot", "spec.firmware.secureBoot", vm => vm.Spec.Firmware!.SecureBoot = true)
        .NotSupported("TPM", "spec.firmware.tpm", vm => vm.Spec.Firmware!.Tpm = true)
        .Invalid("initrd without kernel", "spec.firmware.kernel.image", vm => vm.Spec.Firmware!.Kernel!.Image = "")
        .Invalid("kernel that cannot be a name", "spec.firmware.kernel.image", vm => vm.Spec.Firmware!.Kernel!.Image = "../vmlinuz")
        .Invalid("initrd that cannot be a name", "spec.firmware.kernel.initrd", vm => vm.Spec.Firmware!.Kernel!.Initrd = "a/b")
        .Invalid("command line of two lines", "spec.firmware.kernel.cmdline", vm => vm.Spec.Firmware!.Kernel!.Cmdline = "a\nb")
        .Invalid("command line with NUL", "spec.firmware.kernel.cmdline", vm => vm.Spec.Firmware!.Kernel!.Cmdline = "a\0")
        .Invalid("command line that XML cannot hold", "spec.firmware.kernel.cmdline", vm => vm.Spec.Firmware!.Kernel!.Cmdline = "a\uFFFF")
        .Invalid("command line with half a character", "spec.firmware.kernel.cmdline", vm => vm.Spec.Firmware!.Kernel!.Cmdline = "a\uD83D")
        .Invalid("endless command line", "spec.firmware.kernel.cmdline", vm => vm.Spec.Firmware!.Kernel!.Cmdline = new string('a', 4097))
        .Invalid("too much cloud-init", "spec.cloudInit", vm => vm.Spec.CloudInit!.UserData = new string('ä', 262144))
        .Invalid("user-data twice", "spec.cloudInit.userDataSecretRef", vm => vm.Spec.CloudInit!.UserDataSecretRef = new() { Name = "s" })
        .Invalid("Secret without name", "spec.cloudInit.userDataSecretRef.name", vm => vm.Spec.CloudInit = new() { UserDataSecretRef = new() })
        .Invalid("Secret that cannot be a name", "spec.cloudInit.userDataSecretRef.name", vm => vm.Spec.CloudInit = new() { UserDataSecretRef = new() { Name = "../berth-webhook" } })
        .Invalid("key that cannot be one", "spec.cloudInit.userDataSecretRef.key", vm => vm.Spec.CloudInit = new() { UserDataSecretRef = new() { Name = "s", Key = "a/b" } })
        .NotSupported("devices", "spec.devices", vm => vm.Spec.Devices = JsonDocument.Parse("""{"gpus":[]}""").RootElement)
        .NotSupported("devices that are no object", "spec.devices", vm => vm.Spec.Devices = JsonDocument.Parse("[]").RootElement);

    private static readonly Wrong<VirtualMachine> Lists = new Wrong<VirtualMachine>(Samples.Machine, VirtualMachineValidation.Check)
        .Invalid("disk that is null", "spec.disks[3]", vm => vm.Spec.Disks![3] = null!)
        .Invalid("disk without name", "spec.disks[3].name", vm => vm.Spec.Disks![3].Name = "")
        .Invalid("disk with a long name", "spec.disks[3].name", vm => vm.Spec.Disks![3].Name = new string('a', 21))
        .Invalid("disk with a path as name", "spec.disks[3].name", vm => vm.Spec.Disks![3].Name = "../x")
        .Invalid("disk name twice", "spec.disks[3].name", vm => vm.Spec.Disks![3].Name = "root")
        .Invalid("disk without source", "spec.disks[3]", vm => vm.Spec.Disks![3].Cdrom = null)
        .Invalid("disk with two sources", "spec.disks[2]", vm => vm.Spec.Disks![2].Cdrom = new() { Image = "iso" })
        .NotSupported("ephemeral disk", "spec.disks[3].ephemeral", vm => (vm.Spec.Disks![3].Cdrom, vm.Spec.Disks[3].Ephemeral) = (null, new()))
        .Invalid("blank disk without size", "spec.disks[1].template.size", vm => vm.Spec.Disks![1].Template!.Size = null)
        .Invalid("disk of no size", "spec.disks[0].template.size", vm => vm.Spec.Disks![0].Template!.Size = Quantity.Parse("0"))
        .Invalid("disk of a negative size", "spec.disks[0].template.size", vm => vm.Spec.Disks![0].Template!.Size = Quantity.Parse("-5Gi"))
        .Invalid("disk of half a byte", "spec.disks[0].template.size", vm => vm.Spec.Disks![0].Template!.Size = Quantity.Parse("1.5"))
        .Invalid("disk larger than any", "spec.disks[0].template.size", vm => vm.Spec.Disks![0].Template!.Size = Quantity.Parse("2Pi"))
        .Invalid("disk size that is no quantity", "spec.disks[0].template.size", vm => vm.Spec.Disks![0].Template!.Size = JsonSerializer.Deserialize<Quantity>("\"\""))
        .Invalid("pool that cannot be a name", "spec.disks[0].template.pool", vm => vm.Spec.Disks![0].Template!.Pool = "Fast")
        .Invalid("image that cannot be a name", "spec.disks[0].template.image", vm => vm.Spec.Disks![0].Template!.Image = "-x")
        .Invalid("volume without name", "spec.disks[2].volume.name", vm => vm.Spec.Disks![2].Volume!.Name = null!)
        .Invalid("volume that is another disk's template", "spec.disks[2].volume.name", vm => vm.Spec.Disks![2].Volume!.Name = "web-root")
        .Invalid("volume twice", "spec.disks[4].volume.name", vm => vm.Spec.Disks!.Add(new() { Name = "more", Volume = new() { Name = "web-data" } }))
        .Invalid("cdrom without image", "spec.disks[3].cdrom.image", vm => vm.Spec.Disks![3].Cdrom!.Image = "")
        .Invalid("cdrom on virtio", "spec.disks[3].bus", vm => vm.Spec.Disks![3].Bus = "virtio")
        .Invalid("unknown bus", "spec.disks[0].bus", vm => vm.Spec.Disks![0].Bus = "ide")
        .Invalid("boot order 0", "spec.disks[3].bootOrder", vm => vm.Spec.Disks![3].BootOrder = 0)
        .Invalid("boot order twice", "spec.disks[1].bootOrder", vm => vm.Spec.Disks![1].BootOrder = 1)
        .Invalid("65 disks", "spec.disks", vm => vm.Spec.Disks = [.. Enumerable.Range(0, 65).Select(n => new Disk { Name = $"d{n}", Cdrom = new() { Image = "i" } })])
        .Invalid("interface that is null", "spec.interfaces[0]", vm => vm.Spec.Interfaces![0] = null!)
        .Invalid("interface name twice", "spec.interfaces[1].name", vm => vm.Spec.Interfaces![1].Name = "lan")
        .Invalid("interface without network", "spec.interfaces[0].network", vm => vm.Spec.Interfaces![0].Network = "")
        .Invalid("network that cannot be a name", "spec.interfaces[0].network", vm => vm.Spec.Interfaces![0].Network = "a b")
        .Invalid("unknown card", "spec.interfaces[0].model", vm => vm.Spec.Interfaces![0].Model = "ne2k")
        .Invalid("multicast MAC", "spec.interfaces[0].mac", vm => vm.Spec.Interfaces![0].Mac = "01:00:5e:00:00:01")
        .Invalid("broadcast MAC", "spec.interfaces[0].mac", vm => vm.Spec.Interfaces![0].Mac = "ff:ff:ff:ff:ff:ff")
        .Invalid("MAC of zeros", "spec.interfaces[0].mac", vm => vm.Spec.Interfaces![0].Mac = "00:00:00:00:00:00")
        .Invalid("MAC of a tap device", "spec.interfaces[0].mac", vm => vm.Spec.Interfaces![0].Mac = "fe:54:00:00:00:01")
        .Invalid("MAC with hyphens", "spec.interfaces[0].mac", vm => vm.Spec.Interfaces![0].Mac = "52-54-00-12-34-57")
        .Invalid("MAC twice, in capitals", "spec.interfaces[1].mac", vm => (vm.Spec.Interfaces![0].Mac, vm.Spec.Interfaces[1].Mac) = ("52:54:00:12:34:ab", "52:54:00:12:34:AB"))
        .Invalid("33 interfaces", "spec.interfaces", vm => vm.Spec.Interfaces = [.. Enumerable.Range(0, 33).Select(n => new Interface { Name = $"i{n}", Network = "n" })]);

    private static readonly Wrong<VirtualMachine> Placements = new Wrong<VirtualMachine>(Samples.Machine, VirtualMachineValidation.Check)
        .Invalid("label key with a blank", "spec.placement.nodeSelector", vm => vm.Spec.Placement!.NodeSelector!["a b"] = "c")
        .Invalid("label value with a slash", "spec.placement.nodeSelector[role]", vm => vm.Spec.Placement!.NodeSelector!["role"] = "a/b")
        .Invalid("priority class that cannot be a name", "spec.placement.priorityClassName", vm => vm.Spec.Placement!.PriorityClassName = "High")
        .Invalid("scheduler that cannot be a name", "spec.placement.schedulerName", vm => vm.Spec.Placement!.SchedulerName = "my_scheduler")
        .Invalid("toleration of everything by Equal", "spec.placement.tolerations[0].key", vm => vm.Spec.Placement!.Tolerations![0].OperatorProperty = "Equal")
        .Invalid("toleration with an unknown operator", "spec.placement.tolerations[1].operator", vm => vm.Spec.Placement!.Tolerations![1].OperatorProperty = "In")
        .Invalid("toleration with an unknown effect", "spec.placement.tolerations[0].effect", vm => vm.Spec.Placement!.Tolerations![0].Effect = "NoRun")
        .Invalid("Exists with a value", "spec.placement.tolerations[0].value", vm => vm.Spec.Placement!.Tolerations![0].Value = "x")
        .Invalid("seconds for another effect", "spec.placement.tolerations[1].effect", vm => vm.Spec.Placement!.Tolerations![1].Effect = "NoSchedule")
        .Invalid("toleration that is null", "spec.placement.tolerations[1]", vm => vm.Spec.Placement!.Tolerations![1] = null!)
        .Invalid("skew of 0", "spec.placement.topologySpreadConstraints[0].maxSkew", vm => vm.Spec.Placement!.TopologySpreadConstraints![0].MaxSkew = 0)
        .Invalid("spread over nothing", "spec.placement.topologySpreadConstraints[0].topologyKey", vm => vm.Spec.Placement!.TopologySpreadConstraints![0].TopologyKey = "")
        .Invalid("spread without a rule", "spec.placement.topologySpreadConstraints[0].whenUnsatisfiable", vm => vm.Spec.Placement!.TopologySpreadConstraints![0].WhenUnsatisfiable = null!)
        .Invalid("spread twice", "spec.placement.topologySpreadConstraints[1]", vm => vm.Spec.Placement!.TopologySpreadConstraints!.Add(vm.Spec.Placement.TopologySpreadConstraints[0]))
        .Invalid("no node selector term", "spec.placement.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms", vm => Required(vm).Clear())
        .Invalid("empty node selector term", "spec.placement.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]", vm => Required(vm)[0] = new())
        .Invalid("Gt a word", "spec.placement.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values", vm => Required(vm)[0].MatchExpressions![0].Values = ["x"])
        .Invalid("Exists with values", "spec.placement.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].values", vm => Required(vm)[0].MatchExpressions![1].Values = ["x"])
        .Invalid("unknown comparison", "spec.placement.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].operator", vm => Required(vm)[0].MatchExpressions![1].OperatorProperty = "Is")
        .Invalid("field that cannot be matched", "spec.placement.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[1].matchFields[0].key", vm => Required(vm)[1].MatchFields![0].Key = "spec.podCIDR")
        .Invalid("In without values", "spec.placement.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values", vm => vm.Spec.Placement!.Affinity!.NodeAffinity!.PreferredDuringSchedulingIgnoredDuringExecution![0].Preference.MatchExpressions![0].Values = null)
        .Invalid("weight of 101", "spec.placement.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight", vm => vm.Spec.Placement!.Affinity!.NodeAffinity!.PreferredDuringSchedulingIgnoredDuringExecution![0].Weight = 101)
        .Invalid("pods nowhere", "spec.placement.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey", vm => vm.Spec.Placement!.Affinity!.PodAntiAffinity!.RequiredDuringSchedulingIgnoredDuringExecution![0].TopologyKey = null!)
        .Invalid("namespace that cannot be one", "spec.placement.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespaces[0]", vm => vm.Spec.Placement!.Affinity!.PodAntiAffinity!.RequiredDuringSchedulingIgnoredDuringExecution![0].Namespaces![0] = "a.b");

    public static TheoryData<string> TableNames => Table.Names;

    public static TheoryData<string> ListNames => Lists.Names;

    public static TheoryData<string> PlacementNames => Placements.Names;

    [Theory]
    [MemberData(nameof(TableNames))]
    public void Finds_the_one_thing_that_is_wrong(string name) => Table.AssertFound(name);

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Finds_the_one_thing_that_is_wrong_in_a_list(string name) => Lists.AssertFound(name);

    [Theory]
    [MemberData(nameof(PlacementNames))]
    public void Finds_what_the_API_server_would_refuse_in_the_berth(string name) => Placements.AssertFound(name);

    [Fact]
    public void A_VM_with_nothing_but_memory_is_right()
    {
        var machine = new VirtualMachine { Metadata = new() { Name = "a" }, Spec = new() { Memory = new() { Size = Quantity.Parse("1Mi") } } };

        Assert.Empty(VirtualMachineValidation.Check(machine));
    }

    [Theory]
    [InlineData("64Ti")]
    [InlineData("1048576")]
    [InlineData("0.5Gi")]
    [InlineData("1024Ki")]
    public void Whole_MiB_may_be_written_in_any_way(string size)
    {
        var machine = Samples.Machine();
        machine.Spec.Memory.Size = Quantity.Parse(size);

        Assert.Empty(VirtualMachineValidation.Check(machine));
    }

    [Fact]
    public void What_asks_for_nothing_is_not_held_against_the_VM()
    {
        var machine = Samples.Machine();
        machine.Spec.Devices = JsonDocument.Parse("{}").RootElement;
        machine.Spec.Cpu!.Dedicated = false;
        machine.Spec.Firmware!.Kernel!.Initrd = "";
        machine.Spec.Disks![0].Template!.Pool = "";
        machine.Spec.CloudInit = new();

        Assert.Empty(VirtualMachineValidation.Check(machine));
    }

    [Fact]
    public void All_findings_are_told_at_once_in_the_order_of_the_spec()
    {
        var machine = Samples.Machine();
        machine.Spec.PowerState = "Paused";
        machine.Spec.Memory.Hugepages = Quantity.Parse("2Mi");
        machine.Spec.Disks![0].Bus = "floppy";

        var fields = VirtualMachineValidation.Check(machine).Select(finding => finding.Field);

        Assert.Equal(["spec.powerState", "spec.memory.hugepages", "spec.disks[0].bus"], fields);
    }

    [Fact]
    public void Text_of_the_user_is_shortened_and_cleaned_in_messages()
    {
        var machine = Samples.Machine();
        machine.Spec.Cpu!.Model = "\u001b[31m" + new string('x', 1_000_000);

        var message = Assert.Single(VirtualMachineValidation.Check(machine)).Message;

        Assert.DoesNotContain('\u001b', message);
        Assert.True(message.Length < 300, message);
    }

    [Fact]
    public void No_VM_at_all_is_found_too() => Assert.NotEmpty(VirtualMachineValidation.Check(null));

    private static IList<V1NodeSelectorTerm> Required(VirtualMachine machine) =>
        machine.Spec.Placement!.Affinity!.NodeAffinity!.RequiredDuringSchedulingIgnoredDuringExecution!.NodeSelectorTerms;
}

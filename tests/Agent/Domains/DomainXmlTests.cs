using System.Xml.Linq;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.Tests.Domains;

public sealed class DomainXmlTests
{
    private static readonly VirtualMachine Machine = new()
    {
        Metadata = new V1ObjectMeta { Name = "vm", NamespaceProperty = "ns", Uid = "11111111-0000-4000-8000-00000000000a" },
        Spec = new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("128Mi") } },
        Status = new VirtualMachineStatus { Binding = new Binding { NodeName = "node-1", Epoch = 4 } },
    };

    [Fact]
    public void Text_of_users_never_becomes_an_element()
    {
        const string Hostile = "</cmdline></os><devices><disk type='block'><source dev='/dev/sda'/></disk></devices>&<![CDATA[";
        var machine = With(new Firmware { Kernel = new KernelBoot { Image = "k", Cmdline = Hostile } });
        var domain = Parse(machine, Accelerators.Tcg);
        Assert.Equal(Hostile, domain.Element("os")!.Element("cmdline")!.Value);
        Assert.Empty(domain.Element("devices")!.Elements("disk"));
    }

    [Theory]
    [InlineData("/berth")]
    [InlineData(null)]
    public void A_domain_is_in_the_partition_that_the_host_has_and_names_none_without(string? partition)
    {
        var domain = XDocument.Parse(DomainXml.Of(DomainInputs.Of(Machine, GoldenScenarios.Parts(Machine, Accelerators.Tcg) with { Partition = partition }))).Root!;
        Assert.Equal(partition, domain.Element("resource")?.Element("partition")?.Value);
    }

    [Theory]
    [InlineData("kvm", "kvm")]
    [InlineData("tcg", "qemu")]
    public void The_accelerator_gives_the_type(string accelerator, string type) =>
        Assert.Equal(type, Parse(Machine, accelerator).Attribute("type")!.Value);

    [Theory]
    [InlineData("host-model", "kvm", false, true)]
    [InlineData("host-passthrough", "kvm", false, true)]
    [InlineData("maximum", "kvm", false, true)]
    [InlineData("host-model", "kvm", true, false)]
    [InlineData("host-model", "tcg", false, false)]
    [InlineData("qemu64", "kvm", false, false)]
    public void Arch_capabilities_are_hidden_where_the_host_is_not_Intel(string model, string accelerator, bool intel, bool hidden)
    {
        var machine = Machine with { Spec = Machine.Spec with { Cpu = new Cpu { Model = model } } };
        var input = DomainInputs.Of(machine, GoldenScenarios.Parts(machine, accelerator)) with { HostIsIntel = intel };
        Assert.Equal(hidden, DomainXml.Of(input).Contains("arch-capabilities", StringComparison.Ordinal));
    }

    [Fact]
    public void A_feature_that_the_spec_names_is_the_users()
    {
        var machine = Machine with { Spec = Machine.Spec with { Cpu = new Cpu { Features = [new CpuFeature { Name = "arch-capabilities", Policy = "require" }] } } };
        var feature = Assert.Single(Parse(machine, Accelerators.Kvm).Element("cpu")!.Elements("feature"));
        Assert.Equal("require", feature.Attribute("policy")!.Value);
    }

    [Fact]
    public void Metadata_reads_back_as_it_was_written()
    {
        var owner = new DomainOwner
        {
            Namespace = "ns",
            Name = "vm",
            Uid = "u",
            Cluster = "c",
            Epoch = long.MaxValue,
            SeedDigest = "sha256:1",
            RestartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 600, TimeSpan.Zero),
            StartedAt = new DateTimeOffset(2026, 2, 2, 3, 4, 5, TimeSpan.Zero),
        };
        var input = DomainInputs.Of(Machine, GoldenScenarios.Parts(Machine, Accelerators.Tcg)) with { Owner = owner };
        Assert.Equal(owner, DomainFacts.Parse(DomainXml.Of(input)).Owner);
    }

    [Theory]
    [InlineData("<domain type='qemu'><name>x</name></domain>")]
    [InlineData("<domain type='qemu'><metadata><berth:vm xmlns:berth='https://berth.dev/domain/1' version='1' namespace='a' name='b' uid='c' cluster='d'/></metadata></domain>")]
    [InlineData("<domain type='qemu'><metadata><berth:vm xmlns:berth='https://berth.dev/domain/1' version='1' namespace='a' name='b' uid='c' cluster='d' epoch='soon'/></metadata></domain>")]
    [InlineData("<domain type='qemu'><metadata><vm xmlns='https://other.example/' version='1' namespace='a' name='b' uid='c' cluster='d' epoch='1'/></metadata></domain>")]
    public void A_domain_without_whole_metadata_is_not_ours(string xml) => Assert.Null(DomainFacts.Parse(xml).Owner);

    [Fact]
    public void Places_in_the_boot_order_are_whole_and_different()
    {
        var machine = Machine with
        {
            Spec = Machine.Spec with
            {
                Disks =
                [
                    new Disk { Name = "a", Volume = new LocalObjectReference { Name = "a" } },
                    new Disk { Name = "b", Volume = new LocalObjectReference { Name = "b" }, BootOrder = 5 },
                    new Disk { Name = "c", Volume = new LocalObjectReference { Name = "c" }, BootOrder = 2 },
                ],
            },
        };
        var input = DomainInputs.Of(machine, GoldenScenarios.Parts(machine, Accelerators.Tcg));
        Assert.Equal([3, 2, 1], input.Disks.Select(disk => disk.BootOrder!.Value));
    }

    [Fact]
    public void The_seed_comes_after_the_disks()
    {
        var machine = Machine with
        {
            Spec = Machine.Spec with
            {
                CloudInit = new CloudInit { UserData = "x" },
                Disks = [new Disk { Name = "a", Volume = new LocalObjectReference { Name = "a" } }, new Disk { Name = "c", Volume = new LocalObjectReference { Name = "c" }, Bus = "scsi" }],
            },
        };
        var targets = Parse(machine, Accelerators.Tcg).Element("devices")!.Elements("disk").Select(disk => disk.Element("target")!.Attribute("dev")!.Value);
        Assert.Equal(["vda", "sda", "vdb"], targets);
    }

    [Fact]
    public void Libvirt_never_starts_a_domain_by_itself()
    {
        var domain = Parse(Machine, Accelerators.Tcg);
        Assert.Equal(("destroy", "destroy"), (domain.Element("on_poweroff")!.Value, domain.Element("on_crash")!.Value));
    }

    [Theory]
    [InlineData(0, "vda")]
    [InlineData(25, "vdz")]
    [InlineData(26, "vdaa")]
    [InlineData(63, "vdbl")]
    public void Devices_are_named_by_letters(int index, string name) => Assert.Equal(name, DiskTargets.Name("vd", index));

    [Fact]
    public void Mac_addresses_stay_the_same_and_differ_between_interfaces_and_VMs()
    {
        var (lan, wan) = (new Interface { Name = "lan" }, new Interface { Name = "wan" });
        var addresses = new[] { MacAddress.Of("u1", lan), MacAddress.Of("u1", wan), MacAddress.Of("u2", lan) };
        Assert.Equal(addresses, addresses.Distinct());
        Assert.Equal(MacAddress.Of("u1", lan), addresses[0]);
        Assert.All(addresses, address => Assert.Matches("^52:54:00(:[0-9a-f]{2}){3}$", address));
        Assert.Equal("52:54:00:ab:cd:ef", MacAddress.Of("u1", new Interface { Name = "lan", Mac = "52:54:00:AB:CD:EF" }));
    }

    private static VirtualMachine With(Firmware firmware) => Machine with { Spec = Machine.Spec with { Firmware = firmware } };

    private static XElement Parse(VirtualMachine machine, string accelerator) =>
        XElement.Parse(DomainXml.Of(DomainInputs.Of(machine, GoldenScenarios.Parts(machine, accelerator))));
}

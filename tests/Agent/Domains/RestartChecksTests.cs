using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.Tests.Domains;

public sealed class RestartChecksTests
{
    public static TheoryData<string, string> Changes => new()
    {
        { "cpu-count", "spec.cpu asks for 3 CPUs" },
        { "cpu-model", "spec.cpu asks for the model" },
        { "cpu-feature", "spec.cpu asks for the model" },
        { "memory", "spec.memory.size" },
        { "cmdline", "spec.firmware.kernel" },
        { "disk", "spec.disks differs from the guest's: new" },
        { "boot-order", "spec.disks differs" },
        { "interface", "spec.interfaces differs" },
        { "seed", "spec.cloudInit" },
        { "accelerator", "the node now runs guests as kvm" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Each_difference_is_found_and_named(string change, string message)
    {
        var running = Facts(Machine(), Accelerators.Tcg, "sha256:1");
        var wanted = Facts(Changed(change), change == "accelerator" ? Accelerators.Kvm : Accelerators.Tcg, change == "seed" ? "sha256:2" : "sha256:1");
        var findings = RestartChecks.Of(new DomainComparison(running, wanted));
        Assert.Contains(findings, finding => finding.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_new_restartedAt_alone_is_no_difference()
    {
        var machine = Machine();
        var later = machine with { Spec = machine.Spec with { RestartedAt = DateTimeOffset.UnixEpoch } };
        Assert.Empty(RestartChecks.Of(new DomainComparison(Facts(machine, Accelerators.Tcg, null), Facts(later, Accelerators.Tcg, null))));
    }

    private static DomainFacts Facts(VirtualMachine machine, string accelerator, string? seed) =>
        DomainFacts.Parse(DomainXml.Of(DomainInputs.Of(machine, GoldenScenarios.Parts(machine, accelerator) with { SeedDigest = seed })));

    private static VirtualMachine Changed(string change)
    {
        var (machine, spec) = (Machine(), Machine().Spec);
        return machine with
        {
            Spec = change switch
            {
                "cpu-count" => spec with { Cpu = new Cpu { Cores = 3 } },
                "cpu-model" => spec with { Cpu = new Cpu { Model = "Westmere" } },
                "cpu-feature" => spec with { Cpu = new Cpu { Features = [new CpuFeature { Name = "aes" }] } },
                "memory" => spec with { Memory = new Memory { Size = Quantity.Parse("256Mi") } },
                "cmdline" => spec with { Firmware = new Firmware { Kernel = new KernelBoot { Image = "linux", Cmdline = "b" } } },
                "disk" => spec with { Disks = [.. spec.Disks!, new Disk { Name = "new", Volume = new LocalObjectReference { Name = "new" } }] },
                "boot-order" => spec with { Firmware = null },
                "interface" => spec with { Interfaces = [new Interface { Name = "lan", Network = "other" }] },
                _ => spec,
            },
        };
    }

    private static VirtualMachine Machine() => new()
    {
        Metadata = new V1ObjectMeta { Name = "vm", NamespaceProperty = "ns", Uid = "11111111-0000-4000-8000-00000000000b" },
        Spec = new VirtualMachineSpec
        {
            Memory = new Memory { Size = Quantity.Parse("128Mi") },
            Firmware = new Firmware { Kernel = new KernelBoot { Image = "linux", Cmdline = "a" } },
            Disks = [new Disk { Name = "root", Volume = new LocalObjectReference { Name = "root" } }],
            Interfaces = [new Interface { Name = "lan", Network = "default" }],
        },
        Status = new VirtualMachineStatus { Binding = new Binding { NodeName = "node-1", Epoch = 1 } },
    };
}

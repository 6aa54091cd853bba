using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Benchmarks;

/// <summary>The VMs that are measured, made from the Images that the stack has.</summary>
internal static class BenchmarkMachines
{
    /// <summary>A Linux kernel with one card and no disk: nothing but the start itself.</summary>
    public static VirtualMachine Kernel(string name) => Machine(name, new VirtualMachineSpec
    {
        Memory = new() { Size = Quantity.Parse("96Mi") },
        Firmware = new() { Kernel = new() { Image = "tiny-kernel", Initrd = "tiny-initrd", Cmdline = "console=ttyS0" } },
        Interfaces = [new() { Name = "lan", Network = "default" }],
    });

    /// <summary>A guest without an operating system on a templated disk. It halts for ever, as an idle one does with a kernel that has no ticks.</summary>
    public static VirtualMachine Disk(string name) => Machine(name, new VirtualMachineSpec
    {
        Memory = new() { Size = Quantity.Parse("32Mi") },
        Disks = [new() { Name = "root", Template = new() { Image = BenchmarkStack.IdleImage } }],
    });

    private static VirtualMachine Machine(string name, VirtualMachineSpec spec) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = BenchmarkStack.Namespace },
        Spec = spec with { TerminationGracePeriodSeconds = 0 },
    };
}

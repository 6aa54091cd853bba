using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Tests.Support;

/// <summary>Builds VMs for tests.</summary>
internal static class TestMachines
{
    /// <summary>A VM that boots the kernel image, with one NIC.</summary>
    public static VirtualMachine Named(string name) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = OperatorRig.Namespace },
        Spec = new VirtualMachineSpec
        {
            Memory = new Memory { Size = Quantity.Parse("128Mi") },
            Firmware = new Firmware { Kernel = new KernelBoot { Image = TestCluster.Kernel } },
            Interfaces = [new Interface { Name = "lan", Network = TestCluster.Network }],
        },
    };

    public static VirtualMachine With(this VirtualMachine machine, Action<VirtualMachineSpec> change)
    {
        change(machine.Spec);
        return machine;
    }

    public static VirtualMachine WithTemplate(this VirtualMachine machine, string disk, string? image = TestCluster.Disk, string size = "2Gi") => machine.With(spec =>
        spec.Disks = [.. spec.Disks ?? [], new Disk { Name = disk, Template = new DiskTemplate { Image = image, Size = Quantity.Parse(size) } }]);

    public static VirtualMachine WithVolume(this VirtualMachine machine, string disk, string volume) => machine.With(spec =>
        spec.Disks = [.. spec.Disks ?? [], new Disk { Name = disk, Volume = new LocalObjectReference { Name = volume } }]);

    public static VirtualMachine Asked(this VirtualMachine machine, string powerState) => machine.With(spec => spec.PowerState = powerState);

    /// <summary>As it would be after creation: with identity, for pure tests.</summary>
    public static VirtualMachine Stored(this VirtualMachine machine, string uid = "6f5b2a68-0d6e-4bb5-9f37-5d1c7a3e9b10")
    {
        (machine.Metadata.Uid, machine.Metadata.Generation, machine.Metadata.ResourceVersion) = (uid, 1, "1");
        return machine;
    }
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.VirtualMachines;
using Berth.Runtime.Store;

namespace Berth.Operator.Cluster;

/// <summary>Indexes of the store of VMs.</summary>
internal static class MachineIndexes
{
    public const string Namespace = "namespace";

    public const string Node = "node";

    public static void AddTo(IObjectStore<VirtualMachine> machines)
    {
        machines.AddIndex(Namespace, machine => [machine.Namespace() ?? ""]);
        machines.AddIndex(Node, machine => machine.BoundNode() is { } node ? [node] : null);
        machines.AddIndex(MachineReferenceNames.Index, MachineReferenceNames.KeysOf);
    }
}

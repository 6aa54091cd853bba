using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.Operator.VirtualMachines;

/// <summary>Which VMs the domains bear the names of that nodes list as orphans.</summary>
internal static class OrphanNames
{
    /// <summary>Name of the VM's domain.</summary>
    public static string Of(VirtualMachine machine) => $"{machine.Namespace()}.{machine.Name()}";

    /// <summary>VMs, of now or of before, whose names the host's orphans bear.</summary>
    public static IEnumerable<ObjectKey> KeysOf(Hypervisor host) => (host.Status?.Orphans ?? [])
        .Select(domain => domain.Name.Split('.', 2))
        .Where(parts => parts.Length == 2)
        .Select(parts => new ObjectKey(parts[0], parts[1]));

    /// <summary>True when the host's list of orphans is another one than before.</summary>
    public static bool HaveChanged(ObjectChange<Hypervisor> change) => !(change.Old?.Status?.Orphans ?? []).SequenceEqual(change.New?.Status?.Orphans ?? []);
}

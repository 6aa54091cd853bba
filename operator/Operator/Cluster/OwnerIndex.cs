using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Cluster;

/// <summary>Index of berths and volumes by the UID of the VM that controls them.</summary>
internal static class OwnerIndex
{
    public const string Name = "owner";

    public static IEnumerable<string>? ValuesOf(IKubernetesObject<V1ObjectMeta> resource) =>
        resource.VirtualMachineOwner() is { } owner ? [owner.Uid] : null;
}

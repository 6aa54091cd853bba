using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Berths;

/// <summary>The owner reference that ties a berth or a templated volume to its VM.</summary>
internal static class MachineOwner
{
    private const string VirtualMachineKind = "VirtualMachine";

    /// <summary>Controller by UID, without blockOwnerDeletion: a foreground deletion must not wait for what waits for the VM's own release.</summary>
    public static V1OwnerReference Reference(VirtualMachine machine) => new()
    {
        ApiVersion = $"{BerthApi.Group}/{BerthApi.Version}",
        Kind = VirtualMachineKind,
        Name = machine.Name(),
        Uid = machine.Uid(),
        Controller = true,
    };

    /// <summary>The VirtualMachine that controls the object, as named there, or null.</summary>
    public static V1OwnerReference? VirtualMachineOwner(this IKubernetesObject<V1ObjectMeta> resource) =>
        resource.ControllerOwner() is { Kind: VirtualMachineKind } owner && owner.ApiVersion.StartsWith(BerthApi.Group + "/", StringComparison.Ordinal)
            ? owner
            : null;
}

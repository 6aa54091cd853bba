using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Which VirtualMachine an object was made for.</summary>
public static class OwnerReferences
{
    private const string VirtualMachineKind = "VirtualMachine";

    /// <summary>The owner reference of what is made for the VM: controller by UID, without blockOwnerDeletion, since a foreground deletion must not wait for what waits for the VM's own release.</summary>
    public static V1OwnerReference OwnerReference(this VirtualMachine machine) => new()
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

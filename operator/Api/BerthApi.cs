namespace Berth.Api;

/// <summary>The API group and the keys under it that Berth's parts agree on.</summary>
public static class BerthApi
{
    /// <summary>The API group of every kind.</summary>
    public const string Group = "berth.dev";

    /// <summary>The API version of every kind.</summary>
    public const string Version = "v1alpha1";

    /// <summary>The namespace that Berth itself and its Leases live in, unless told otherwise.</summary>
    public const string DefaultNamespace = "berth-system";

    /// <summary>The level of the API that this build carries out; see <c>Hypervisor.status.apiLevel</c>.</summary>
    public const int ApiLevel = 1;

    /// <summary>Version of the metadata element in the domain XML.</summary>
    public const int DomainMetadataVersion = 1;
}

/// <summary>Labels that Berth writes or reads.</summary>
public static class BerthLabels
{
    /// <summary>On VirtualMachines and StorageVolumes: the node whose agent watches the object. Only an index; status is the authority.</summary>
    public const string Node = "berth.dev/node";

    /// <summary>On berths: the name of the VirtualMachine whose place the pod holds.</summary>
    public const string VirtualMachine = "berth.dev/vm";

    /// <summary>On Nodes, set by the administrator: <c>true</c> makes the node a host of VMs.</summary>
    public const string Host = "berth.dev/host";
}

/// <summary>Annotations that Berth reads; people set them.</summary>
public static class BerthAnnotations
{
    /// <summary>On a VirtualMachine or StorageVolume whose deletion is held: the object's own UID has it carried out.</summary>
    public const string ConfirmDeletion = "berth.dev/confirm-deletion";

    /// <summary>On a VirtualMachine or StorageVolume whose deletion is held: the object's own UID lets the object go and leaves the domain or the file where it is.</summary>
    public const string Orphan = "berth.dev/orphan";

    /// <summary>On a StoragePool: <c>true</c> makes it the pool of disks and images that name none.</summary>
    public const string DefaultPool = "berth.dev/default-pool";
}

/// <summary>Finalizers that Berth puts on objects.</summary>
public static class BerthFinalizers
{
    /// <summary>Holds an object until the node that works on it has said that nothing of it is left there.</summary>
    public const string Release = "berth.dev/release";
}

/// <summary>Field managers, the same on every node and replica.</summary>
public static class BerthFieldManagers
{
    public const string Operator = "berth-operator";
    public const string Agent = "berth-agent";
}

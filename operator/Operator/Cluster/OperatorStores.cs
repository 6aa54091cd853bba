using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.Operator.Cluster;

/// <summary>What the operator follows: one store per kind, shared by all reconcilers.</summary>
internal sealed record OperatorStores(
    IObjectStore<VirtualMachine> Machines,
    IObjectStore<V1Pod> Berths,
    IObjectStore<StorageVolume> Volumes,
    IObjectStore<StoragePool> Pools,
    IObjectStore<Image> Images,
    IObjectStore<VirtualNetwork> Networks,
    IObjectStore<Hypervisor> Hypervisors,
    IObjectStore<V1Node> Nodes,
    IObjectStore<V1Namespace> Namespaces)
{
    /// <summary>The pool of disks and images that name none. Of several that are annotated the one made last, as with storage classes; agents choose by the same rule.</summary>
    public StoragePool? DefaultPool() => Pools.List()
        .Where(IsDefault)
        .OrderByDescending(pool => pool.Metadata.CreationTimestamp)
        .ThenBy(pool => pool.Name(), StringComparer.Ordinal)
        .FirstOrDefault();

    /// <summary>The pool of that name; the default pool where no name is given.</summary>
    public StoragePool? Pool(string? name) => string.IsNullOrEmpty(name) ? DefaultPool() : Pools.Get(new ObjectKey(null, name));

    /// <summary>True when the namespace is going: nothing may be made in it any more.</summary>
    public bool IsTerminating(string? @namespace) =>
        @namespace is not null && Namespaces.Get(new ObjectKey(null, @namespace)) is { } found && (found.IsDeleting() || found.Status?.Phase == "Terminating");

    /// <summary>Hypervisors whose Node exists and carries all labels of the selector.</summary>
    public IReadOnlyList<Hypervisor> HostsFor(IDictionary<string, string>? nodeSelector) =>
    [
        .. Hypervisors.List()
            .Where(host => Nodes.Get(new ObjectKey(null, host.Name())) is { } node && LabelMatch.HasAll(node.Metadata.Labels, nodeSelector))
            .OrderBy(host => host.Name(), StringComparer.Ordinal),
    ];

    /// <summary>Adds the indexes that reconcilers look things up by; once, before anything runs.</summary>
    public OperatorStores WithIndexes()
    {
        MachineIndexes.AddTo(Machines);
        Berths.AddIndex(OwnerIndex.Name, OwnerIndex.ValuesOf);
        Volumes.AddIndex(OwnerIndex.Name, OwnerIndex.ValuesOf);
        return this;
    }

    private static bool IsDefault(StoragePool pool) => pool.Annotation(BerthAnnotations.DefaultPool) == "true" && !pool.IsDeleting();
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;

namespace Berth.Operator.Metrics;

/// <summary>Counts of the objects of a cluster at one moment.</summary>
internal sealed record ClusterFigures
{
    public static readonly ClusterFigures None = new();

    /// <summary>VMs by their state and, where they are on one, their node.</summary>
    public IReadOnlyDictionary<(string State, string Node), int> Machines { get; private init; } = new Dictionary<(string, string), int>();

    /// <summary>VMs that should run or be paused and have no node.</summary>
    public int AwaitingPlacement { get; private init; }

    /// <summary>Objects whose Ready is not True.</summary>
    public ReasonCounts NotReady { get; } = new();

    /// <summary>Objects that need a change of their spec, or of what it names.</summary>
    public ReasonCounts Stalled { get; } = new();

    /// <summary>Volumes by pool: their number and, where it is known, their size.</summary>
    public IReadOnlyDictionary<string, (int Count, decimal Bytes)> Volumes { get; private init; } = new Dictionary<string, (int, decimal)>();

    public IReadOnlyList<Hypervisor> Hypervisors { get; private init; } = [];

    /// <summary>Counts everything in the stores.</summary>
    public static ClusterFigures Of(OperatorStores stores)
    {
        var machines = stores.Machines.List();
        var figures = new ClusterFigures
        {
            Machines = machines.CountBy(machine => (machine.Status?.State ?? VirtualMachineStates.Pending, machine.BoundNode() ?? "")).ToDictionary(),
            AwaitingPlacement = machines.Count(machine => machine.WantsDomain() && machine.BoundNode() is null),
            Volumes = stores.Volumes.List()
                .GroupBy(volume => volume.Status?.Pool ?? stores.Pool(volume.Spec.Pool)?.Name() ?? volume.Spec.Pool ?? "", StringComparer.Ordinal)
                .ToDictionary(pool => pool.Key, pool => (pool.Count(), pool.Sum(volume => SizeOf(volume))), StringComparer.Ordinal),
            Hypervisors = stores.Hypervisors.List(),
        };
        figures.Add(nameof(VirtualMachine), machines, machine => machine.Status);
        figures.Add(nameof(StorageVolume), stores.Volumes.List(), volume => volume.Status);
        figures.Add(nameof(StoragePool), stores.Pools.List(), pool => pool.Status);
        figures.Add(nameof(Image), stores.Images.List(), image => image.Status);
        figures.Add(nameof(VirtualNetwork), stores.Networks.List(), network => network.Status);
        figures.Add(nameof(Hypervisor), figures.Hypervisors, host => host.Status);
        return figures;
    }

    private static decimal SizeOf(StorageVolume volume) => (volume.Status?.Capacity ?? volume.Spec.Size)?.Value ?? 0;

    private void Add<T>(string kind, IEnumerable<T> objects, Func<T, IConditionedStatus?> statusOf)
    {
        foreach (var entity in objects)
        {
            var conditions = statusOf(entity)?.Conditions;
            if (!conditions.IsTrue(ConditionTypes.Ready))
            {
                NotReady.Add(kind, conditions.Find(ConditionTypes.Ready)?.Reason);
            }

            if (conditions.IsTrue(ConditionTypes.Stalled))
            {
                Stalled.Add(kind, conditions.Find(ConditionTypes.Stalled)?.Reason);
            }
        }
    }
}

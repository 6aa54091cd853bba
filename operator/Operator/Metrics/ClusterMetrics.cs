using System.Diagnostics.Metrics;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Operator.Hypervisors;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;

namespace Berth.Operator.Metrics;

/// <summary>Figures of the whole cluster, from the stores. Only the replica that leads gives them: else each object would count once for every replica.</summary>
internal sealed class ClusterMetrics : IBackgroundWork
{
    // Each is there with a 0 before it is ever true, so that it can be alerted on.
    private static readonly string[] States =
    [
        VirtualMachineStates.Pending, VirtualMachineStates.Scheduled, VirtualMachineStates.Starting, VirtualMachineStates.Running,
        VirtualMachineStates.Paused, VirtualMachineStates.Saved, VirtualMachineStates.Migrating, VirtualMachineStates.Stopping,
        VirtualMachineStates.Stopped, VirtualMachineStates.Crashed, VirtualMachineStates.Unknown,
    ];

    private static readonly string[] Conditions =
    [
        HypervisorConditions.LibvirtAvailable, HypervisorConditions.AcceleratorAvailable, HypervisorConditions.OrphanDomains, HypervisorConditions.Dead,
        HypervisorConditions.FenceContradicted, HypervisorConditions.MemoryOvercommitted, HypervisorConditions.GuestsProtected,
    ];

    private readonly OperatorStores _stores;
    private readonly NodeHeartbeats _heartbeats;
    private readonly MetricFactory _metrics;
    private volatile bool _leads;
    private volatile ClusterFigures _latest = ClusterFigures.None;

    public ClusterMetrics(OperatorStores stores, NodeHeartbeats heartbeats, MetricFactory metrics)
    {
        (_stores, _heartbeats, _metrics) = (stores, heartbeats, metrics);
        metrics.AddBeforeCollectCallback(_ =>
        {
            _latest = _leads ? ClusterFigures.Of(_stores) : ClusterFigures.None;
            return Task.CompletedTask;
        });
        RegisterMachines();
        RegisterObjects();
        RegisterHosts();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _leads = true;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            _leads = false;
        }
    }

    private void RegisterMachines()
    {
        _metrics.CreateGaugeCallback("berth_virtual_machines", "VirtualMachines by state and, where they have one, node.", () => WhileLeading(figures =>
            States.Where(state => !figures.Machines.ContainsKey((state, ""))).Select(state => Labelled(0, ("state", state), ("node", "")))
                .Concat(figures.Machines.Select(each => Labelled(each.Value, ("state", each.Key.State), ("node", each.Key.Node))))));
        _metrics.CreateGaugeCallback("berth_virtual_machines_awaiting_placement", "VirtualMachines that should be on a node and have none.", () =>
            WhileLeading(figures => [new Measurement<double>(figures.AwaitingPlacement)]));
    }

    private void RegisterObjects()
    {
        _metrics.CreateGaugeCallback("berth_objects_not_ready", "Objects whose condition Ready is not True, by kind and its reason.", () => WhileLeading(figures => ByReason(figures.NotReady)));
        _metrics.CreateGaugeCallback("berth_objects_stalled", "Objects that wait for a change of their spec, or of what it names, by kind and reason.", () => WhileLeading(figures => ByReason(figures.Stalled)));
        _metrics.CreateGaugeCallback("berth_storage_volumes", "StorageVolumes by pool.", () => WhileLeading(figures => figures.Volumes.Select(pool => Labelled(pool.Value.Count, ("pool", pool.Key)))));
        _metrics.CreateGaugeCallback("berth_storage_volumes_size_bytes", "What the StorageVolumes of a pool may come to hold.", () => WhileLeading(figures => figures.Volumes.Select(pool => Labelled((double)pool.Value.Bytes, ("pool", pool.Key)))));
    }

    private void RegisterHosts()
    {
        HostGauge("berth_hypervisor_ready", "1 while the node's agent is heard and says that the node is ready, else 0.", host =>
            _heartbeats.IsHeard(host.Name()) && host.Status?.Conditions.IsTrue(ConditionTypes.Ready) == true ? 1 : 0);
        HostGauge("berth_hypervisor_orphan_domains", "Domains on the node whose VirtualMachine is not found.", host => host.Status?.Domains?.Orphans);
        HostGauge("berth_hypervisor_unmanaged_domains", "Domains on the node that Berth did not make.", host => host.Status?.Domains?.Unmanaged);
        _metrics.CreateGaugeCallback("berth_hypervisor_condition", "1 while the condition of the node's Hypervisor is True, else 0.", () => WhileLeading(figures => figures.Hypervisors.SelectMany(host =>
            Conditions.Select(type => Labelled(host.Status?.Conditions.IsTrue(type) == true ? 1 : 0, ("node", host.Name()), ("condition", type))))));
    }

    private void HostGauge(string name, string help, Func<Hypervisor, double?> figure) => _metrics.CreateGaugeCallback(name, help, () => WhileLeading(figures =>
        figures.Hypervisors.Where(host => figure(host) is not null).Select(host => Labelled(figure(host)!.Value, ("node", host.Name())))));

    private IEnumerable<Measurement<double>> WhileLeading(Func<ClusterFigures, IEnumerable<Measurement<double>>> measure) =>
        ReferenceEquals(_latest, ClusterFigures.None) ? [] : measure(_latest);

    private static IEnumerable<Measurement<double>> ByReason(ReasonCounts counts) =>
        counts.All().Select(each => Labelled(each.Count, ("kind", each.Kind), ("reason", each.Reason)));

    private static Measurement<double> Labelled(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var pairs = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            pairs[i] = new(labels[i].Name, labels[i].Value);
        }

        return new(value, pairs);
    }
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Operator.Hypervisors;
using Berth.Operator.Metrics;
using Berth.Operator.Tests.Support;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Metrics;

public sealed class ClusterMetricsTests
{
    [Fact]
    public async Task VMs_are_counted_by_state_and_node_and_those_without_a_place_apart()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("here", "node-1");
        await rig.RunAsync("there", "node-2");
        await rig.RunAsync("also-there", "node-2");
        rig.Machines.Apply(TestMachines.Named("waiting"));
        rig.Machines.Apply(TestMachines.Named("resting").Asked(PowerStates.Stopped));
        await rig.SettleAsync();

        var text = await ScrapeAsync(rig);

        Assert.Contains("\nberth_virtual_machines{state=\"Running\",node=\"node-1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_virtual_machines{state=\"Running\",node=\"node-2\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_virtual_machines{state=\"Pending\",node=\"\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_virtual_machines{state=\"Stopped\",node=\"\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_virtual_machines{state=\"Crashed\",node=\"\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_virtual_machines_awaiting_placement 1\n", text, StringComparison.Ordinal);
        Assert.Equal("", await Promtool.CheckMetricsAsync(text, OperatorRig.Cancellation));
    }

    [Fact]
    public async Task What_is_not_ready_and_what_is_stalled_is_counted_by_kind_and_reason()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("wrong").With(spec => spec.Memory = new Memory { Size = Quantity.Parse("0") }));
        await rig.EventuallyAsync(() => rig.Server.Find<VirtualMachine>("wrong", OperatorRig.Namespace)!.Status?.Conditions.IsTrue(ConditionTypes.Stalled) == true);
        await rig.SettleAsync();

        var text = await ScrapeAsync(rig);

        Assert.Contains("\nberth_objects_not_ready{kind=\"VirtualMachine\",reason=\"InvalidSpec\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_objects_stalled{kind=\"VirtualMachine\",reason=\"InvalidSpec\"} 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("berth_objects_stalled{kind=\"Hypervisor\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_ready_while_its_agent_says_so_and_is_heard()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Beat("node-2");
        rig.Server.Patch<Hypervisor>("node-2", null, JsonOf.Patch("""{"status":{"domains":{"running":1,"total":3,"orphans":2,"unmanaged":4}}}"""), "status");
        await rig.PassAsync(5, heard: "node-1");
        await rig.SettleAsync();
        var text = await ScrapeAsync(rig);
        Assert.Contains("\nberth_hypervisor_ready{node=\"node-1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_hypervisor_ready{node=\"node-2\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_hypervisor_orphan_domains{node=\"node-2\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_hypervisor_unmanaged_domains{node=\"node-2\"} 4\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_hypervisor_condition{node=\"node-1\",condition=\"Dead\"} 0\n", text, StringComparison.Ordinal);

        await rig.PassAsync(70, heard: "node-1");
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch("""{"status":{"conditions":[{"type":"Ready","status":"False","reason":"LibvirtUnavailable","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}"""), "status");
        await rig.SettleAsync();
        text = await ScrapeAsync(rig);
        Assert.Contains("\nberth_hypervisor_ready{node=\"node-1\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_hypervisor_ready{node=\"node-2\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_objects_not_ready{kind=\"Hypervisor\",reason=\"LibvirtUnavailable\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Volumes_are_counted_by_the_pool_that_they_are_in_or_will_be()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Seed(Volume("a", null, "2Gi"));
        rig.Server.Seed(Volume("b", TestCluster.Pool, "1Gi"));
        rig.Server.Seed(Volume("c", "fast", "1Gi"));
        await rig.SettleAsync();

        var text = await ScrapeAsync(rig);

        Assert.Contains("\nberth_storage_volumes{pool=\"default\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_storage_volumes_size_bytes{pool=\"default\"} 3221225472\n", text, StringComparison.Ordinal);
        Assert.Contains("\nberth_storage_volumes{pool=\"fast\"} 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_that_does_not_lead_counts_nothing()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.SettleAsync();
        Assert.Single(rig.Services.GetServices<IBackgroundWork>().OfType<ClusterMetrics>());
        using var term = new CancellationTokenSource();
        var stores = rig.Services.GetRequiredService<OperatorStores>();
        using var metrics = new MetricFactory();
        var other = new ClusterMetrics(stores, rig.Services.GetRequiredService<NodeHeartbeats>(), metrics);
        Assert.Equal("", await ScrapeAsync(metrics));

        var leading = other.RunAsync(term.Token);
        Assert.Contains("berth_virtual_machines{", await ScrapeAsync(metrics), StringComparison.Ordinal);

        await term.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leading);
        Assert.Equal("", await ScrapeAsync(metrics));
    }

    [Fact]
    public void Many_reasons_become_few_labels()
    {
        var counts = new ReasonCounts();
        for (var i = 0; i < 1000; i++)
        {
            counts.Add("VirtualMachine", $"Reason{i % 100}");
        }

        counts.Add("VirtualMachine", null);

        var all = counts.All().ToList();
        Assert.Equal(ReasonCounts.MaxReasons + 1, all.Count);
        Assert.Equal(1001, all.Sum(each => each.Count));
        Assert.Contains(("VirtualMachine", ReasonCounts.Other, 601), all);
    }

    private static StorageVolume Volume(string name, string? pool, string size) => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = OperatorRig.Namespace, Name = name },
        Spec = new StorageVolumeSpec { Pool = pool, Size = Quantity.Parse(size) },
    };

    private static Task<string> ScrapeAsync(OperatorRig rig) => ScrapeAsync(rig.Services.GetRequiredService<MetricFactory>());

    private static async Task<string> ScrapeAsync(MetricFactory metrics)
    {
        var text = new StringWriter();
        await metrics.CollectAsync(text, OperatorRig.Cancellation);
        return text.ToString();
    }
}

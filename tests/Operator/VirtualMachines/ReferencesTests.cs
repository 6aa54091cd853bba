using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.VirtualMachines;

public sealed class ReferencesTests
{
    [Fact]
    public async Task A_missing_image_is_waited_for_ten_seconds_then_stalls_and_clears_when_it_appears()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web").With(spec => spec.Firmware!.Kernel!.Image = "late"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready) is not null);
        await rig.SettleAsync();
        Assert.Equal(["Ready=False ReferenceNotFound", "Reconciling=True ReferenceNotFound", "Scheduled=False ReferenceNotFound"], rig.Machines.Conditions("web"));
        Assert.Equal("Image \"late\" does not exist.", rig.Machines.Condition("web", ConditionTypes.Ready)!.Message);

        await rig.PassAsync(TimeSpan.FromSeconds(10));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        await rig.SettleAsync();
        Assert.Equal(["Ready=False ReferenceNotFound", "Scheduled=False ReferenceNotFound", "Stalled=True ReferenceNotFound"], rig.Machines.Conditions("web"));
        Assert.Empty(rig.Scheduler.Berths());

        TestCluster.SeedImage(rig.Server, "late", ImageTypes.Kernel);
        await rig.BindAsync("web", "node-1");
        Assert.Equal(["Ready=False Bound", "Reconciling=True Bound", "Scheduled=True Bound"], rig.Machines.Conditions("web"));
    }

    [Fact]
    public async Task What_was_stalled_stays_stalled_over_a_restart_of_the_operator()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Machines.Apply(TestMachines.Named("web").With(spec => spec.Interfaces![0].Network = "nowhere"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready) is not null);
        await rig.PassAsync(TimeSpan.FromSeconds(10));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is not null);
        await rig.SettleAsync();

        await rig.StopOperatorAsync();
        rig.Server.ForgetRequests();
        await rig.StartOperatorAsync();
        await rig.SettleAsync();
        Assert.DoesNotContain("PATCH virtualmachines/status", rig.Writes());
    }

    [Theory]
    [InlineData("network", "VirtualNetwork \"lan\" may not be used from this namespace.")]
    [InlineData("pool", "StoragePool \"default\" may not be used from this namespace.")]
    public async Task An_object_that_the_namespace_may_not_use_stalls_until_it_may(string kind, string message)
    {
        await using var rig = await OperatorRig.StartAsync();
        var closed = JsonOf.Patch("""{"spec":{"allowedNamespaces":{"from":"Selector","selector":{"matchLabels":{"team":"shop"}}}}}""");
        if (kind == "network")
        {
            rig.Server.Patch<VirtualNetwork>(TestCluster.Network, null, closed);
        }
        else
        {
            rig.Server.Patch<StoragePool>(TestCluster.Pool, null, closed);
        }

        rig.Machines.Apply(TestMachines.Named("web").With(spec => spec.Disks = [new Disk { Name = "root", Template = new DiskTemplate { Pool = "default", Size = Quantity.Parse("1Gi") } }]));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled)?.Reason == ConditionReasons.ReferenceNotAllowed);
        Assert.Contains(message, rig.Machines.Condition("web", ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);

        rig.Server.Patch<V1Namespace>(OperatorRig.Namespace, null, JsonOf.Patch("""{"metadata":{"labels":{"team":"shop"}}}"""));
        await rig.BindAsync("web", "node-1");
    }

    [Fact]
    public async Task Without_a_default_pool_there_is_no_kernel_to_boot()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<StoragePool>(TestCluster.Pool, null, JsonOf.Patch("""{"metadata":{"annotations":null}}"""));
        rig.Machines.Apply(TestMachines.Named("web"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Reason == ConditionReasons.ReferenceNotFound);

        rig.Server.Patch<StoragePool>(TestCluster.Pool, null, JsonOf.Patch("""{"metadata":{"annotations":{"berth.dev/default-pool":"true"}}}"""));
        await rig.BindAsync("web", "node-1");
    }
}

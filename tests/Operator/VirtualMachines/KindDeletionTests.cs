using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;
using Berth.Testing.ApiServer;

namespace Berth.Operator.Tests.VirtualMachines;

/// <summary>CustomResourceDefinitions are deleted, and all objects with them, which nobody has asked for.</summary>
public sealed class KindDeletionTests
{
    [Fact]
    public async Task A_stopped_vm_that_goes_with_its_kind_keeps_its_volumes_and_says_why()
    {
        await using var rig = await StartStoppedAsync();
        rig.Server.DeleteKind<VirtualMachine>();
        await HeldAsync(rig, "CustomResourceDefinition virtualmachines.berth.dev is being deleted");

        await rig.StopOperatorAsync();
        await rig.StartOperatorAsync();
        await HeldAsync(rig, "is being deleted");
        rig.Server.RemoveDefinition<VirtualMachine>();
        await rig.StopOperatorAsync();
        await rig.StartOperatorAsync();
        await HeldAsync(rig, "is gone");
        rig.Server.Define<VirtualMachine>(TimeProvider.System.GetUtcNow().AddSeconds(1));
        await rig.StopOperatorAsync();
        await rig.StartOperatorAsync();
        await HeldAsync(rig, "was made anew");
    }

    [Fact]
    public async Task A_person_has_the_deletion_of_a_held_vm_carried_out()
    {
        await using var rig = await StartStoppedAsync();
        rig.Server.DeleteKind<VirtualMachine>();
        await HeldAsync(rig, "is being deleted");

        rig.Server.Answer<VirtualMachine>("web", OperatorRig.Namespace, BerthAnnotations.ConfirmDeletion);
        await rig.EventuallyAsync(() => Volume(rig)!.IsDeleting());
        rig.Agent.ReleaseVolume("web-root");
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_lets_a_held_vm_go_and_nothing_else_is_touched(bool isRunning)
    {
        await using var rig = isRunning ? await StartRunningAsync() : await StartStoppedAsync();
        rig.Server.DeleteKind<VirtualMachine>();
        await rig.SettleAsync();
        rig.Server.ForgetRequests();

        rig.Server.Answer<VirtualMachine>("web", OperatorRig.Namespace, BerthAnnotations.Orphan);
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
        await rig.SettleAsync();
        Assert.False(Volume(rig)!.IsDeleting());
        Assert.DoesNotContain("DELETE storagevolumes", rig.Writes());
        Assert.DoesNotContain("PATCH virtualmachines/status", rig.Writes());
    }

    [Fact]
    public async Task A_vm_of_a_living_kind_is_not_let_go_by_the_annotation()
    {
        await using var rig = await StartRunningAsync();
        rig.Server.Answer<VirtualMachine>("web", OperatorRig.Namespace, BerthAnnotations.Orphan);
        rig.Machines.Delete("web");
        await rig.SettleAsync();
        Assert.Contains(BerthFinalizers.Release, rig.Machines.Get("web").Metadata.Finalizers!);
    }

    [Fact]
    public async Task A_definition_that_cannot_be_read_lets_nothing_go()
    {
        await using var rig = await StartStoppedAsync();
        rig.Server.Faults.Fail(request => request.Resource == "customresourcedefinitions", System.Net.HttpStatusCode.Forbidden);
        rig.Machines.Delete("web");
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Ready)?.Reason == ConditionReasons.Error);
        Assert.False(Volume(rig)!.IsDeleting());

        rig.Server.Faults.Clear();
        await rig.EventuallyAsync(() => Volume(rig)!.IsDeleting());
    }

    [Fact]
    public async Task A_person_lets_a_volume_go_that_went_with_its_kind()
    {
        await using var rig = await StartStoppedAsync();
        rig.Server.DeleteKind<StorageVolume>();
        await rig.SettleAsync();
        Assert.NotNull(Volume(rig));

        rig.Server.Answer<StorageVolume>("web-root", OperatorRig.Namespace, BerthAnnotations.Orphan);
        await rig.EventuallyAsync(() => Volume(rig) is null);
    }

    [Fact]
    public async Task A_person_lets_a_volume_go_that_its_vm_has_left_behind()
    {
        await using var rig = await StartStoppedAsync();
        rig.Machines.Delete("web");
        rig.Server.Patch<VirtualMachine>("web", OperatorRig.Namespace, JsonOf.Patch("""{"metadata": {"finalizers": []} }"""));
        await rig.EventuallyAsync(() => rig.Machines.Find("web") is null);
        rig.Server.Delete<StorageVolume>("web-root", OperatorRig.Namespace);
        await rig.SettleAsync();
        Assert.NotNull(Volume(rig));

        rig.Server.Answer<StorageVolume>("web-root", OperatorRig.Namespace, BerthAnnotations.Orphan);
        await rig.EventuallyAsync(() => Volume(rig) is null);
    }

    [Fact]
    public async Task A_new_vm_is_not_placed_while_a_former_ones_domain_is_left_on_any_node()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch("""{"status": {"orphans": [{"uuid": "uid-0", "name": "shop.web", "state": "Running"}]} }"""), "status");
        await rig.SettleAsync();
        rig.Machines.Apply(TestMachines.Named("web"));
        rig.Machines.Apply(TestMachines.Named("other"));
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled)?.Reason == VirtualMachineReasons.DomainNameTaken);
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("other-1") is not null);
        Assert.Null(rig.Scheduler.Berth("web-1"));
        Assert.Contains("uid-0", rig.Machines.Condition("web", ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);

        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch("""{"status": {"orphans": null} }"""), "status");
        await rig.EventuallyAsync(() => rig.Scheduler.Berth("web-1") is not null);
    }

    private static async Task<OperatorRig> StartRunningAsync()
    {
        var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1", machine => machine.WithTemplate("root"));
        return rig;
    }

    private static async Task<OperatorRig> StartStoppedAsync()
    {
        var rig = await StartRunningAsync();
        rig.Machines.PatchSpec("web", """{"powerState": "Stopped"}""");
        rig.Agent.Release("web");
        await rig.EventuallyAsync(() => rig.Machines.Get("web").BoundNode() is null && rig.Scheduler.Berths().Count == 0);
        await rig.SettleAsync();
        return rig;
    }

    private static async Task HeldAsync(OperatorRig rig, string why)
    {
        await rig.EventuallyAsync(() => rig.Machines.Condition("web", ConditionTypes.Stalled) is { Reason: ConditionReasons.DeletionHeld } stalled
            && stalled.Message.Contains(why, StringComparison.Ordinal));
        await rig.SettleAsync();
        Assert.Contains(BerthFinalizers.Release, rig.Machines.Get("web").Metadata.Finalizers!);
        Assert.False(Volume(rig)!.IsDeleting());
    }

    private static StorageVolume? Volume(OperatorRig rig) => rig.Server.Find<StorageVolume>("web-root", OperatorRig.Namespace);
}

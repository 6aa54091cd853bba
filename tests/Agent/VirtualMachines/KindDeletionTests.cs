using Berth.Api;
using Berth.Kubernetes;
using Berth.Testing.ApiServer;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>The CustomResourceDefinition is deleted, and every VM with it, which nobody has asked for: guests run on.</summary>
public sealed class KindDeletionTests : IAsyncLifetime
{
    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartRunningAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_guest_runs_on_while_its_kind_is_deleted_and_the_VM_says_why()
    {
        await DeleteKindAsync();
        await HeldAsync("is being deleted");
        Assert.Equal(["DeletionHeld"], _bench.Events.Reasons);

        _bench.RestartAgent();
        await HeldAsync("is being deleted");
        _bench.Server.RemoveDefinition<VirtualMachine>();
        await HeldAsync("is gone");
        _bench.Server.Define<VirtualMachine>(TimeProvider.System.GetUtcNow());
        await HeldAsync("was made anew");
        _bench.RestartAgent();
        await HeldAsync("was made anew");
    }

    [Fact]
    public async Task A_person_has_the_deletion_carried_out()
    {
        await DeleteKindAsync();
        await HeldAsync("is being deleted");
        _bench.Server.Answer<VirtualMachine>("vm", "ns", BerthAnnotations.ConfirmDeletion);
        await _bench.SyncAsync();
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task A_guest_that_is_given_up_runs_on_as_an_orphan()
    {
        await DeleteKindAsync();
        _bench.Server.Answer<VirtualMachine>("vm", "ns", BerthAnnotations.Orphan);
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        await _bench.RemoveAsync();
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal([_bench.Id], _bench.Memory.Strays.Left);
    }

    [Fact]
    public async Task A_definition_that_cannot_be_read_stops_nobody()
    {
        _bench.Server.Faults.Fail(request => request.Resource == "customresourcedefinitions", System.Net.HttpStatusCode.Forbidden);
        await DeleteAsync();
        Assert.NotNull((await _bench.PassAsync()).Error);
        Assert.Empty(_bench.Domains.Calls);

        _bench.Server.Faults.Clear();
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm"], _bench.Domains.Calls);
    }

    [Fact]
    public async Task A_deletion_that_the_server_has_forgotten_is_not_carried_out()
    {
        await DeleteAsync();
        await _bench.FreezeStoreAsync();
        _bench.Server.Seed(_bench.Machine with { Metadata = _bench.Machine.Metadata with { DeletionTimestamp = null } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task A_shutdown_that_was_begun_for_a_deletion_is_finished_though_the_kind_goes_too()
    {
        _bench.Domains.GuestsObey = false;
        await DeleteAsync();
        await _bench.PassAsync();
        await DeleteKindAsync();
        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "destroy ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
    }

    [Fact]
    public async Task A_stop_that_is_asked_for_besides_is_carried_out_and_leaves_the_console_log()
    {
        var log = Path.Combine(_bench.StateFolder, "console", $"ns.vm.{_bench.Machine.Uid()[..8]}.log");
        await File.WriteAllTextAsync(log, "hello", TestContext.Current.CancellationToken);
        await DeleteKindAsync();
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "undefine ns.vm"], _bench.Domains.Calls);
        Assert.True(File.Exists(log));
    }

    [Fact]
    public async Task A_stray_of_a_VM_that_goes_with_its_kind_is_left()
    {
        await DeleteKindAsync();
        await _bench.ChangeAsync(machine => machine with { Status = machine.Status! with { ReleasedEpoch = 1 } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Equal([_bench.Id], _bench.Memory.Strays.Left);
    }

    private async Task HeldAsync(string why)
    {
        await _bench.PassAsync();
        await _bench.SyncAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Null(_bench.Machine.Status!.ReleasedEpoch);
        Assert.Equal(VirtualMachineStates.Running, _bench.Machine.Status.State);
        var stalled = _bench.Machine.Status.Conditions.Find(ConditionTypes.Stalled);
        Assert.Equal(ConditionReasons.DeletionHeld, stalled?.Reason);
        Assert.Contains(why, stalled!.Message, StringComparison.Ordinal);
    }

    private async Task DeleteKindAsync()
    {
        _bench.Server.DeleteKind<VirtualMachine>();
        await _bench.SyncAsync();
    }

    private async Task DeleteAsync()
    {
        _bench.Server.Delete<VirtualMachine>("vm", "ns");
        await _bench.SyncAsync();
    }
}

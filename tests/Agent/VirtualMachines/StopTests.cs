using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

public sealed class StopTests : IAsyncLifetime
{
    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Stopping_asks_the_guest_then_removes_the_domain_and_releases_by_one_write()
    {
        await RunningAsync();
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
        await _bench.PassAsync();
        Assert.Equal(0, _bench.Writes);
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "undefine ns.vm"], _bench.Domains.Calls[2..]);
        Assert.Equal(1, _bench.Writes);
        var status = _bench.Machine.Status!;
        Assert.Equal((VirtualMachineStates.Stopped, 1, null, null), (status.State, status.ReleasedEpoch, status.NodeName, status.Domain?.Id));
        Assert.Equal(["Ready=True/Stopped"], _bench.Conditions);
        Assert.Equal(["Started", "Stopped"], _bench.Events.Reasons);
    }

    [Fact]
    public async Task A_guest_that_does_not_go_is_switched_off_when_its_time_is_over()
    {
        await RunningAsync();
        _bench.Domains.GuestsObey = false;
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped, TerminationGracePeriodSeconds = 30 });
        await _bench.PassAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(15));
        await _bench.PassAsync();
        Assert.Equal((VirtualMachineStates.Stopping, "Ready=False/ShuttingDown"), (_bench.Machine.Status!.State, _bench.Conditions.Single(condition => condition.StartsWith("Ready", StringComparison.Ordinal))));
        await _bench.SyncAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(15));
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "shutdown ns.vm", "destroy ns.vm", "undefine ns.vm"], _bench.Domains.Calls[2..]);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task Zero_grace_switches_the_guest_off_at_once()
    {
        await RunningAsync();
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped, TerminationGracePeriodSeconds = 0 });
        await _bench.PassAsync();
        Assert.Equal(["destroy ns.vm", "undefine ns.vm"], _bench.Domains.Calls[2..]);
    }

    [Fact]
    public async Task A_VM_that_never_ran_here_is_released_without_a_word_to_libvirt()
    {
        await _bench.GivenAsync(new VirtualMachineSpec { PowerState = PowerStates.Stopped, Memory = new Memory { Size = Quantity.Parse("64Mi") } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Empty(_bench.Events.Reasons);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task Deleting_stops_and_releases_and_removes_the_logs()
    {
        await RunningAsync();
        var libvirtLog = Path.Combine(_bench.StateFolder, "libvirt-logs", "ns.vm.log");
        Directory.CreateDirectory(Path.GetDirectoryName(libvirtLog)!);
        await File.WriteAllTextAsync(libvirtLog, "char device redirected", TestContext.Current.CancellationToken);
        var log = Path.Combine(_bench.StateFolder, "console", $"ns.vm.{_bench.Machine.Uid()[..8]}.log");
        await File.WriteAllTextAsync(log, "hello", TestContext.Current.CancellationToken);
        await _bench.ChangeAsync(machine => machine with { Metadata = machine.Metadata with { DeletionTimestamp = _bench.Time.GetUtcNow() } });
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Null(_bench.Domain);
        Assert.False(File.Exists(log));
        Assert.False(File.Exists(libvirtLog));
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
        Assert.Contains("Ready=False/Deleting", _bench.Conditions);
    }

    [Fact]
    public async Task The_log_of_a_strangers_domain_of_the_same_name_stays()
    {
        var libvirtLog = Path.Combine(_bench.StateFolder, "libvirt-logs", "ns.vm.log");
        Directory.CreateDirectory(Path.GetDirectoryName(libvirtLog)!);
        await File.WriteAllTextAsync(libvirtLog, "a stranger's", TestContext.Current.CancellationToken);
        await RunningAsync();
        var stranger = _bench.Domain! with { Id = Guid.NewGuid() };
        await _bench.Domains.DestroyAsync(_bench.Id, TestContext.Current.CancellationToken);
        await _bench.Domains.UndefineAsync(_bench.Id, TestContext.Current.CancellationToken);
        _bench.Domains.Put(stranger);
        await _bench.ChangeAsync(machine => machine with { Metadata = machine.Metadata with { DeletionTimestamp = _bench.Time.GetUtcNow() } });
        await _bench.PassAsync();
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
        Assert.True(File.Exists(libvirtLog));
        Assert.NotNull(_bench.Domains.Find(stranger.Id));
    }

    [Theory]
    [InlineData(RestartPolicies.Never, DomainEnd.Shutdown, "Ready=True/Completed", "Completed")]
    [InlineData(RestartPolicies.OnFailure, DomainEnd.Shutdown, "Ready=True/Completed", "Completed")]
    [InlineData(RestartPolicies.Never, DomainEnd.Crashed, "Ready=False/GuestCrashed", "Crashed")]
    internal async Task A_guest_that_ends_for_good_is_written_down_then_released(string policy, DomainEnd end, string ready, string @event)
    {
        await RunningAsync(policy);
        _bench.Domains.End(_bench.Id, end);
        await _bench.PassAsync();
        Assert.NotNull(_bench.Domain);
        Assert.Null(_bench.Machine.Status!.ReleasedEpoch);
        await _bench.SyncAsync();
        _bench.RestartAgent();
        await _bench.PassAsync();
        Assert.Null(_bench.Domain);
        Assert.Equal(1, _bench.Machine.Status!.ReleasedEpoch);
        Assert.Equal(end == DomainEnd.Crashed ? "Crashed" : "Shutdown", _bench.Machine.Status.Completion!.Reason);
        Assert.Contains(ready, _bench.Conditions);
        Assert.NotNull(@event);
    }

    [Fact]
    public async Task A_guest_that_keeps_ending_is_started_again_after_growing_pauses()
    {
        await RunningAsync();
        for (var (i, pause) = (0, 0); i < 3; (i, pause) = (i + 1, pause == 0 ? 10 : pause * 2))
        {
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
            _bench.Domains.End(_bench.Id, DomainEnd.Shutdown);
            if (pause > 0)
            {
                Assert.Equal(TimeSpan.FromSeconds(pause), (await _bench.PassAsync()).RequeueAfter);
                Assert.Contains("Ready=False/RestartBackOff", _bench.Conditions);
                await _bench.SyncAsync();
                _bench.Time.Advance(TimeSpan.FromSeconds(pause));
            }

            await _bench.PassAsync();
            await _bench.SyncAsync();
            Assert.Equal((true, i + 1), (_bench.Domain!.IsActive, _bench.Machine.Status!.Restarts));
        }

        Assert.Contains("Ready=True/Running", _bench.Conditions);
    }

    [Fact]
    public async Task After_the_hosts_restart_a_guest_is_started_whatever_its_policy()
    {
        await RunningAsync(RestartPolicies.Never);
        _bench.Domains.End(_bench.Id, DomainEnd.Unknown);
        _bench.RestartAgent();
        await _bench.PassAsync();
        Assert.True(_bench.Domain!.IsActive);
    }

    [Fact]
    public async Task A_new_restartedAt_restarts_the_guest_once_also_over_an_agents_death()
    {
        await RunningAsync(RestartPolicies.Never);
        var asked = _bench.Time.GetUtcNow().AddSeconds(-1);
        await _bench.EditAsync(spec => spec with { RestartedAt = asked, Cpu = new Cpu { Model = "Nehalem" } });
        await _bench.PassAsync();
        Assert.False(_bench.Domain!.IsActive);
        _bench.RestartAgent();
        await _bench.PassAsync();
        Assert.Equal((true, "Nehalem", asked), (_bench.Domain!.IsActive, _bench.Domain.Facts.Cpu.Model, _bench.Machine.Status!.RestartedAt));
        Assert.Equal(["Restarted"], _bench.Events.Reasons);
        await _bench.SyncAsync();
        _bench.RestartAgent();
        await _bench.PassAsync();
        Assert.Equal(5, _bench.Domains.Calls.Count);
    }

    [Fact]
    public async Task A_guest_that_restarts_larger_than_its_berth_is_released_to_be_placed_anew()
    {
        await RunningAsync();
        await _bench.EditAsync(spec => spec with { RestartedAt = _bench.Time.GetUtcNow().AddSeconds(-1), Memory = new Memory { Size = Quantity.Parse("96Mi") } });
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "undefine ns.vm"], _bench.Domains.Calls[2..]);
        Assert.Equal((VirtualMachineStates.Pending, 1), (_bench.Machine.Status!.State, _bench.Machine.Status.ReleasedEpoch));
        Assert.Contains("Ready=False/Released", _bench.Conditions);
    }

    [Fact]
    public async Task A_guest_that_restarts_smaller_stays_in_its_berth()
    {
        await RunningAsync();
        await _bench.EditAsync(spec => spec with { RestartedAt = _bench.Time.GetUtcNow().AddSeconds(-1), Memory = new Memory { Size = Quantity.Parse("32Mi") } });
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal((true, 32 * 1024), (_bench.Domain!.IsActive, _bench.Domain.Facts.MemoryKibibytes));
        Assert.Null(_bench.Machine.Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task A_restartedAt_in_the_future_waits_for_its_time()
    {
        await RunningAsync();
        await _bench.EditAsync(spec => spec with { RestartedAt = _bench.Time.GetUtcNow().AddSeconds(20) });
        Assert.Equal(TimeSpan.FromSeconds(20), (await _bench.PassAsync()).RequeueAfter);
        Assert.True(_bench.Domain!.IsActive);
        _bench.Time.Advance(TimeSpan.FromSeconds(20));
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.Equal(["shutdown ns.vm", "define ns.vm", "start ns.vm"], _bench.Domains.Calls[2..]);
    }

    [Fact]
    public async Task The_restartedAt_of_the_first_start_is_no_restart()
    {
        var at = _bench.Time.GetUtcNow().AddDays(-1);
        await _bench.GivenAsync(new VirtualMachineSpec { RestartedAt = at, Memory = new Memory { Size = Quantity.Parse("64Mi") } });
        await _bench.PassAsync();
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Equal(2, _bench.Domains.Calls.Count);
        Assert.Equal(at, _bench.Machine.Status!.RestartedAt);
    }

    [Fact]
    public async Task Stopping_and_running_again_before_the_guest_has_gone_starts_it_again()
    {
        await RunningAsync(RestartPolicies.Never);
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
        await _bench.PassAsync();
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Running });
        await _bench.PassAsync();
        Assert.True(_bench.Domain!.IsActive);
        Assert.Null(_bench.Machine.Status!.Completion);
    }

    private async Task RunningAsync(string policy = RestartPolicies.Always)
    {
        await _bench.GivenAsync(new VirtualMachineSpec { RestartPolicy = policy, Memory = new Memory { Size = Quantity.Parse("64Mi") } });
        await _bench.PassAsync();
        await _bench.SyncAsync();
        Assert.True(_bench.Domain!.IsActive);
    }
}

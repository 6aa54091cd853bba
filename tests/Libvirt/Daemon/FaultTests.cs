using System.Diagnostics;
using Berth.Libvirt.Tests.TestDriver;

namespace Berth.Libvirt.Tests.Daemon;

[Collection(nameof(PrivateHost))]
public sealed class FaultTests(PrivateHost host) : IAsyncLifetime
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30);
    private readonly Guid _uuid = Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await using (var connection = await host.OpenAsync())
        {
            await connection.Domains.DestroyAsync(_uuid, graceful: false, CancellationToken.None);
        }

        await UntilAsync(() => LibvirtHandles.Total == 0);
    }

    [Fact]
    public async Task A_killed_daemon_fails_all_waiters_comes_back_and_its_events_flow_again()
    {
        await using var connection = await host.OpenAsync();
        using var subscription = connection.Subscribe();
        await StartGuestAsync(connection);
        await host.SignalAsync("STOP", "libvirtd");
        var waiters = Enumerable.Range(0, 20).Select(_ => connection.Domains.ListAsync(Cancel)).ToArray();

        await host.SignalAsync("KILL", "libvirtd");

        foreach (var waiter in waiters)
        {
            var error = await Assert.ThrowsAsync<LibvirtException>(() => waiter.WaitAsync(s_soon, Cancel));
            Assert.True(error.IsConnectionLost, $"{error.Code} {error.Domain} {error.Message}");
        }

        await EventTests.TakeUntilAsync(subscription.Events, e => e is ConnectionLost);
        await EventTests.TakeUntilAsync(subscription.Events, e => e is ConnectionRestored);
        Assert.True(connection.IsConnected);
        Assert.Equal(DomainState.Running, (await connection.Domains.GetStatusAsync(_uuid, Cancel))?.State);
        await connection.Domains.SuspendAsync(_uuid, Cancel);
        await EventTests.TakeUntilAsync(
            subscription.Events, e => e is DomainLifecycleEvent { Type: DomainLifecycle.Suspended } && ((DomainEvent)e).Uuid == _uuid);

        // One for events and one for each thread that called since; those to the killed daemon are closed.
        Assert.InRange(LibvirtHandles.Open(LibvirtObjectKind.Connection), 2, 4);
    }

    [Fact]
    public async Task Calls_to_a_hung_daemon_time_out_and_work_again_when_it_goes_on()
    {
        await using var connection = await host.OpenAsync(
            new LibvirtConnectionOptions { CallTimeout = TimeSpan.FromSeconds(1) });
        await host.SignalAsync("STOP", "libvirtd");
        try
        {
            var clock = Stopwatch.StartNew();
            var calls = Enumerable.Range(0, 10).Select(_ => connection.Domains.ListAsync(Cancel)).ToArray();
            foreach (var call in calls)
            {
                Assert.Equal(
                    LibvirtErrorCode.CallTimedOut, (await Assert.ThrowsAsync<LibvirtException>(() => call)).Code);
            }

            Assert.False(await connection.IsAliveAsync(TimeSpan.FromMilliseconds(500), Cancel));
            Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        }
        finally
        {
            await host.SignalAsync("CONT", "libvirtd");
        }

        Assert.True(await connection.IsAliveAsync(s_soon, Cancel));
        await connection.Domains.ListAsync(Cancel);
    }

    [Fact]
    public async Task A_ping_finds_a_hung_daemon_and_frees_whoever_waits_for_it()
    {
        await using var connection = await host.OpenAsync(new LibvirtConnectionOptions
        {
            CallTimeout = Timeout.InfiniteTimeSpan,
            PingInterval = TimeSpan.FromSeconds(1),
            PingTimeout = TimeSpan.FromSeconds(2),
        });
        using var subscription = connection.Subscribe();
        await host.SignalAsync("STOP", "libvirtd");
        try
        {
            var error = await Assert.ThrowsAsync<LibvirtException>(
                () => connection.Domains.ListAsync(Cancel).WaitAsync(s_soon, Cancel));

            Assert.True(error.IsConnectionLost, error.Message);
            Assert.IsType<ConnectionLost>((await EventTests.TakeAsync(subscription.Events, 1))[0]);
            Assert.False(connection.IsConnected);
        }
        finally
        {
            await host.SignalAsync("CONT", "libvirtd");
        }

        await connection.WaitUntilConnectedAsync(Cancel).WaitAsync(s_soon, Cancel);
        await connection.Domains.ListAsync(Cancel);
    }

    [Fact]
    public async Task A_daemon_that_hangs_again_and_again_while_many_call_takes_nobody_with_it()
    {
        // A busy machine keeps a sound daemon from answering in 250 ms too, so what must succeed is asked by another.
        await using var patient = await host.OpenAsync();
        await StartGuestAsync(patient);
        await using var connection = await host.OpenAsync(new LibvirtConnectionOptions
        {
            PingInterval = TimeSpan.FromMilliseconds(50),
            PingTimeout = TimeSpan.FromMilliseconds(250),
        });
        for (var round = 0; round < 10; round++)
        {
            var calls = Enumerable.Range(0, 50).Select(index => OutcomeAsync(CallAsync(connection, index))).ToArray();
            await host.SignalAsync("STOP", "libvirtd");
            await UntilAsync(() => !connection.IsConnected);
            await host.SignalAsync("CONT", "libvirtd");

            var failures = (await Task.WhenAll(calls).WaitAsync(s_soon, Cancel)).OfType<LibvirtException>();
            Assert.All(failures, failure => Assert.True(failure.IsConnectionLost, failure.Message));
            await connection.WaitUntilConnectedAsync(Cancel).WaitAsync(s_soon, Cancel);
        }

        Assert.Equal(DomainState.Running, (await patient.Domains.GetStatusAsync(_uuid, Cancel))?.State);
    }

    [Fact]
    public async Task Opening_to_a_hung_daemon_ends_in_time()
    {
        var options = new LibvirtConnectionOptions
        {
            OpenTimeout = TimeSpan.FromSeconds(1),
            CloseTimeout = TimeSpan.FromMilliseconds(200),
        };
        await using (await host.OpenAsync())
        {
            // The daemon is there.
        }

        await host.SignalAsync("STOP", "libvirtd");
        try
        {
            var error = await Assert.ThrowsAsync<LibvirtException>(() => LibvirtConnection.OpenAsync(host.Uri, options, Cancel).WaitAsync(s_soon, Cancel));

            Assert.Equal(LibvirtErrorCode.CallTimedOut, error.Code);
        }
        finally
        {
            await host.SignalAsync("CONT", "libvirtd");
        }
    }

    [Fact]
    public async Task A_hung_guest_holds_up_only_what_needs_its_answer()
    {
        await using var connection = await host.OpenAsync(
            new LibvirtConnectionOptions { CallTimeout = TimeSpan.FromSeconds(2) });
        await StartGuestAsync(connection);
        await host.SignalAsync("STOP", "qemu-system");

        var stuck = Enumerable.Range(0, 6)
            .Select(_ => connection.Domains.GetBlockStatisticsAsync(_uuid, "vda", Cancel)).ToArray();
        Assert.Equal(DomainState.Running, Assert.Single(await connection.Domains.ListAsync(Cancel)).Status.State);
        Assert.NotNull(await connection.Domains.GetXmlAsync(_uuid, DomainXmlOptions.None, Cancel));
        foreach (var call in stuck)
        {
            Assert.Equal(LibvirtErrorCode.CallTimedOut, (await Assert.ThrowsAsync<LibvirtException>(() => call)).Code);
        }

        Assert.True(await connection.Domains.DestroyAsync(_uuid, graceful: false, Cancel).WaitAsync(s_soon, Cancel));
        Assert.Empty(await connection.Domains.ListAsync(Cancel));
    }

    private async Task StartGuestAsync(LibvirtConnection connection)
    {
        var disk = Path.Combine(host.Folder, $"{_uuid:N}.raw");
        await File.WriteAllBytesAsync(disk, BootSectorGuest.Disk(), Cancel);
        await connection.Domains.CreateAsync(
            BootSectorGuest.Xml($"guest-{_uuid:N}", _uuid, disk), DomainStartOptions.None, Cancel);
    }

    // Of every lane.
    private Task CallAsync(LibvirtConnection connection, int index) => (index % 4) switch
    {
        0 => connection.Domains.ListAsync(Cancel),
        1 => connection.Domains.GetBlockStatisticsAsync(_uuid, "vda", Cancel),
        2 => connection.Domains.DestroyAsync(Guid.NewGuid(), graceful: false, Cancel), // there is no such domain
        _ => connection.StoragePools.ListAsync(Cancel),
    };

    private static async Task<Exception?> OutcomeAsync(Task call)
    {
        try
        {
            await call;
            return null;
        }
        catch (LibvirtException exception)
        {
            return exception;
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < s_soon, "the condition did not come true in time");
            await Task.Delay(20, CancellationToken.None);
        }
    }
}

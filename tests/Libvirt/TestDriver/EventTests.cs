using System.Threading.Channels;

namespace Berth.Libvirt.Tests.TestDriver;

public sealed class EventTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lifecycle_events_arrive_in_order_with_their_causes()
    {
        await using var host = await TestHost.OpenAsync();
        var uuid = Guid.NewGuid();
        using var subscription = host.Connection.Subscribe();
        var domains = host.Connection.Domains;

        await domains.DefineAsync(TestHost.DomainXml("a", uuid), false, Cancel);
        await domains.StartAsync(uuid, DomainStartOptions.None, Cancel);
        await domains.SuspendAsync(uuid, Cancel);
        await domains.ResumeAsync(uuid, Cancel);
        await domains.DestroyAsync(uuid, false, Cancel);
        await domains.UndefineAsync(uuid, DomainUndefineOptions.None, Cancel);

        LibvirtEvent[] expected =
        [
            new DomainLifecycleEvent(uuid, "a", DomainLifecycle.Defined, DomainLifecycleDetail.Added),
            new DomainLifecycleEvent(uuid, "a", DomainLifecycle.Started, DomainLifecycleDetail.Booted),
            new DomainLifecycleEvent(uuid, "a", DomainLifecycle.Suspended, DomainLifecycleDetail.Paused),
            new DomainLifecycleEvent(uuid, "a", DomainLifecycle.Resumed, DomainLifecycleDetail.Unpaused),
            new DomainLifecycleEvent(uuid, "a", DomainLifecycle.Stopped, DomainLifecycleDetail.Destroyed),
            new DomainLifecycleEvent(uuid, "a", DomainLifecycle.Undefined, DomainLifecycleDetail.Removed),
        ];
        Assert.Equal(expected, await TakeAsync(subscription.Events, expected.Length));
    }

    [Fact]
    public async Task Networks_and_pools_tell_of_their_lives()
    {
        await using var host = await TestHost.OpenAsync();
        using var subscription = host.Connection.Subscribe();

        var network = await host.Connection.Networks.DefineAsync("<network><name>n</name></network>", Cancel);
        await host.Connection.Networks.StartAsync("n", Cancel);
        var pool = await host.Connection.StoragePools.CreateAsync(
            "<pool type='dir'><name>p</name><target><path>/nowhere</path></target></pool>", Cancel);
        await host.Connection.StoragePools.RefreshAsync("p", Cancel);

        LibvirtEvent[] expected =
        [
            new NetworkLifecycleEvent(network, "n", NetworkLifecycle.Defined),
            new NetworkLifecycleEvent(network, "n", NetworkLifecycle.Started),
            new StoragePoolLifecycleEvent(pool, "p", StoragePoolLifecycle.Started),
            new StoragePoolRefreshed(pool, "p"),
        ];
        Assert.Equal(expected, await TakeAsync(subscription.Events, expected.Length));
    }

    [Fact]
    public async Task Four_thousand_events_arrive_though_the_collector_runs_between_them()
    {
        const int Rounds = 2000;
        await using var host = await TestHost.OpenAsync();
        var uuid = Guid.NewGuid();
        using var subscription = host.Connection.Subscribe();
        await host.Connection.Domains.CreateAsync(TestHost.DomainXml("a", uuid), DomainStartOptions.None, Cancel);

        // Taken before the count begins: events come later than the call that caused them has returned.
        Assert.Equal(DomainLifecycle.Started, Assert.IsType<DomainLifecycleEvent>(Assert.Single(await TakeAsync(subscription.Events, 1))).Type);
        for (var round = 0; round < Rounds; round++)
        {
            await host.Connection.Domains.SuspendAsync(uuid, Cancel);
            await host.Connection.Domains.ResumeAsync(uuid, Cancel);
            if (round % 100 == 0)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        var events = (await TakeAsync(subscription.Events, Rounds * 2)).OfType<DomainLifecycleEvent>().ToList();
        Assert.Equal(Rounds, events.Count(e => e.Type is DomainLifecycle.Suspended));
        Assert.Equal(Rounds, events.Count(e => e.Type is DomainLifecycle.Resumed));
        Assert.All(events, e => Assert.Equal((uuid, "a"), (e.Uuid, e.Name)));
    }

    [Fact]
    public async Task A_slow_reader_is_told_that_events_were_dropped()
    {
        await using var host = await TestHost.OpenAsync(new LibvirtConnectionOptions { EventCapacity = 4 });
        var uuid = Guid.NewGuid();
        using var fast = host.Connection.Subscribe();
        using var slow = host.Connection.Subscribe();
        await host.Connection.Domains.CreateAsync(TestHost.DomainXml("a", uuid), DomainStartOptions.None, Cancel);
        for (var round = 0; round < 4; round++)
        {
            await host.Connection.Domains.SuspendAsync(uuid, Cancel);
            await host.Connection.Domains.ResumeAsync(uuid, Cancel);
            await TakeAsync(fast.Events, round == 0 ? 3 : 2);
        }

        var seen = await TakeAsync(slow.Events, 5);

        Assert.IsType<EventsDropped>(seen[^1]);
        Assert.All(seen[..^1], e => Assert.IsType<DomainLifecycleEvent>(e));
    }

    [Fact]
    public async Task A_subscription_ends_with_its_connection()
    {
        await using var host = await TestHost.OpenAsync();
        using var subscription = host.Connection.Subscribe();

        await host.Connection.DisposeAsync();

        await subscription.Events.Completion.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
    }

    internal static async Task<List<LibvirtEvent>> TakeAsync(ChannelReader<LibvirtEvent> events, int count)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        var taken = new List<LibvirtEvent>(count);
        while (taken.Count < count)
        {
            taken.Add(await events.ReadAsync(patience.Token));
        }

        return taken;
    }

    /// <summary>Reads up to the first event that fits, and returns all that were read.</summary>
    internal static async Task<List<LibvirtEvent>> TakeUntilAsync(
        ChannelReader<LibvirtEvent> events, Predicate<LibvirtEvent> fits)
    {
        var taken = new List<LibvirtEvent>();
        do
        {
            taken.AddRange(await TakeAsync(events, 1));
        }
        while (!fits(taken[^1]));
        return taken;
    }
}

using System.Net;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.LeaderElection;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.LeaderElection;

/// <summary>Who leads, and when it stops. Times are a tenth of the real ones.</summary>
public sealed class LeaderElectorTests : IAsyncLifetime
{
    private readonly List<Candidate> _candidates = [];
    private TestServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FakeApiServer Fake => _server.Fake!;

    private V1Lease? Lease => Fake.Find<V1Lease>("leader", "berth-system");

    public async ValueTask InitializeAsync() => _server = await TestServer.StartFakeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in _candidates)
        {
            await candidate.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Leads_where_nobody_does_and_keeps_leading()
    {
        var candidate = Start("one");
        await Eventually.TrueAsync(() => candidate.IsWorking, Cancellation);
        var first = Lease!;
        Assert.Equal(("one", 0), (first.Spec.HolderIdentity, first.Spec.LeaseTransitions));

        await Eventually.TrueAsync(() => Lease!.Spec.RenewTime > first.Spec.RenewTime, Cancellation);

        Assert.Equal((true, first.Spec.AcquireTime), (candidate.Elector.IsLeader, Lease!.Spec.AcquireTime));
    }

    [Fact]
    public async Task Renews_with_one_request_and_no_read()
    {
        var candidate = Start("one");
        await Eventually.TrueAsync(() => candidate.IsWorking, Cancellation);
        Fake.ForgetRequests();

        await Eventually.TrueAsync(() => Fake.Requests.Count >= 5, Cancellation);

        Assert.All(Fake.Requests, request => Assert.Equal("PATCH", request.Method));
    }

    [Fact]
    public async Task Waits_while_another_leads_and_follows_at_once_when_that_one_ends_cleanly()
    {
        var first = Start("one");
        await Eventually.TrueAsync(() => first.IsWorking, Cancellation);
        var second = Start("two");
        await Eventually.TrueAsync(() => Fake.Requests.Count(request => request.Method == "GET") >= 5, Cancellation);
        Assert.False(second.IsWorking);

        await first.StopAsync();

        await Eventually.TrueAsync(() => second.IsWorking, Cancellation);
        Assert.False(first.IsWorking);
        Assert.Equal(("two", 1), (Lease!.Spec.HolderIdentity, Lease.Spec.LeaseTransitions));
    }

    [Fact]
    public async Task Takes_over_a_lease_that_no_longer_changes_whatever_its_times_say()
    {
        // A holder whose clock runs a year ahead: only the lack of change counts.
        Fake.Seed(new V1Lease
        {
            Metadata = new V1ObjectMeta { Name = "leader", NamespaceProperty = "berth-system" },
            Spec = new V1LeaseSpec { HolderIdentity = "dead", LeaseDurationSeconds = 0, RenewTime = TimeProvider.System.GetUtcNow().AddYears(1) },
        });

        var candidate = Start("one");

        await Eventually.TrueAsync(() => candidate.IsWorking, Cancellation);
    }

    [Fact]
    public async Task Does_not_take_over_a_lease_that_keeps_changing_whatever_its_times_say()
    {
        Fake.Seed(new V1Lease
        {
            Metadata = new V1ObjectMeta { Name = "leader", NamespaceProperty = "berth-system" },
            Spec = new V1LeaseSpec { HolderIdentity = "alive", LeaseDurationSeconds = 0, RenewTime = DateTimeOffset.UnixEpoch },
        });
        var candidate = Start("one");

        for (var i = 1; Fake.Requests.Count < 20; i++)
        {
            Fake.Patch<V1Lease>("leader", "berth-system", new JsonObject { ["spec"] = new JsonObject { ["leaseTransitions"] = i } });
            await Task.Delay(5, Cancellation);
        }

        Assert.False(candidate.IsWorking);
    }

    [Fact]
    public async Task Stops_its_work_when_the_server_no_longer_answers_and_stands_again()
    {
        var candidate = Start("one");
        await Eventually.TrueAsync(() => candidate.IsWorking, Cancellation);

        Fake.Faults.Delay(_ => true, TimeSpan.FromMinutes(10));
        await Eventually.TrueAsync(() => !candidate.IsWorking && !candidate.Elector.IsLeader, Cancellation);

        Fake.Faults.Clear();
        await Eventually.TrueAsync(() => candidate.IsWorking, Cancellation);
        Assert.Equal(2, candidate.Terms);
    }

    [Fact]
    public async Task Stops_its_work_at_once_when_another_holds_the_lease()
    {
        var candidate = Start("one");
        await Eventually.TrueAsync(() => candidate.IsWorking, Cancellation);

        Fake.Patch<V1Lease>("leader", "berth-system", new JsonObject { ["spec"] = new JsonObject { ["holderIdentity"] = "usurper", ["leaseDurationSeconds"] = 600 } });

        await Eventually.TrueAsync(() => !candidate.IsWorking, Cancellation);
        Assert.Equal("usurper", Lease!.Spec.HolderIdentity);
    }

    [Fact]
    public async Task Keeps_a_lease_that_somebody_deleted()
    {
        var first = Start("one");
        await Eventually.TrueAsync(() => first.IsWorking, Cancellation);
        var second = Start("two");
        await Eventually.TrueAsync(() => Fake.Requests.Count(request => request.Method == "GET") >= 2, Cancellation);

        // To the one who waits it looks like a Lease that stays unchanged; the one who works makes it again.
        Fake.Delete<V1Lease>("leader", "berth-system");
        await Eventually.TrueAsync(() => Lease is not null, Cancellation);

        Assert.Equal("one", Lease!.Spec.HolderIdentity);
        Assert.Equal((true, false), (first.IsWorking, second.IsWorking));
    }

    [Fact]
    public async Task Rides_out_a_short_trouble_of_the_server()
    {
        var candidate = Start("one");
        await Eventually.TrueAsync(() => candidate.IsWorking, Cancellation);
        var before = Lease!.Spec.RenewTime;

        Fake.Faults.Fail(_ => true, HttpStatusCode.InternalServerError, times: 2);
        await Eventually.TrueAsync(() => Lease!.Spec.RenewTime > before!.Value.AddMilliseconds(100), Cancellation);

        Assert.Equal((true, 1), (candidate.IsWorking, candidate.Terms));
    }

    [Fact]
    public async Task Never_lets_two_work_at_once()
    {
        var working = 0;
        var overlaps = 0;
        for (var i = 0; i < 3; i++)
        {
            Start($"candidate-{i}", () => overlaps += Interlocked.Increment(ref working) > 1 ? 1 : 0, () => Interlocked.Decrement(ref working));
        }

        for (var i = 0; i < 3; i++)
        {
            await Eventually.TrueAsync(() => Volatile.Read(ref working) == 1, Cancellation);
            Fake.Faults.Fail(request => request.IsWrite, HttpStatusCode.InternalServerError);
            await Eventually.TrueAsync(() => Volatile.Read(ref working) == 0, Cancellation);
            Fake.Faults.Clear();
        }

        Assert.Equal(0, overlaps);
    }

    [Fact]
    public async Task Ends_with_the_fault_of_its_work_and_gives_the_lease_back()
    {
        var elector = Elector("one");

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => elector.RunAsync(_ => Task.FromException(new InvalidOperationException("boom")), Cancellation));

        Assert.Equal("", Lease!.Spec.HolderIdentity);
        Assert.False(elector.IsLeader);
    }

    private Candidate Start(string identity, Action? begin = null, Action? end = null)
    {
        var candidate = new Candidate(Elector(identity), begin, end);
        _candidates.Add(candidate);
        return candidate;
    }

    private LeaderElector Elector(string identity) => new(
        _server.Client,
        new LeaderElectionOptions("berth-system", "leader")
        {
            Identity = identity,
            LeaseDuration = TimeSpan.FromMilliseconds(1500),
            RenewDeadline = TimeSpan.FromMilliseconds(1000),
            RetryPeriod = TimeSpan.FromMilliseconds(50),
        },
        new WriteFence(TimeProvider.System),
        _server.Metrics,
        TimeProvider.System,
        NullLogger<LeaderElector>.Instance);

    private sealed class Candidate : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Action? _begin;
        private readonly Action? _end;
        private readonly Task _running;
        private int _working;

        public Candidate(LeaderElector elector, Action? begin, Action? end)
        {
            (Elector, _begin, _end) = (elector, begin, end);
            _running = elector.RunAsync(WorkAsync, _stop.Token);
        }

        public LeaderElector Elector { get; }

        public int Terms { get; private set; }

        public bool IsWorking => Volatile.Read(ref _working) > 0;

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task WorkAsync(CancellationToken cancellationToken)
        {
            Terms++;
            Interlocked.Increment(ref _working);
            _begin?.Invoke();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            finally
            {
                _end?.Invoke();
                Interlocked.Decrement(ref _working);
            }
        }
    }
}

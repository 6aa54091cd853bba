using System.Net;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;

namespace Berth.Runtime.Tests.Store;

/// <summary>What the store keeps while its server is in trouble.</summary>
public sealed class InformerFaultTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FakeApiServer Fake => _server.Fake!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartFakeAsync();
        Fake.Seed(_server.NewWidget("a"));
        Fake.Seed(_server.NewWidget("b"));
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Resumes_a_cut_watch_where_it_was_and_lists_nothing_again()
    {
        var store = await SyncedAsync();
        var left = CountDepartures(store);

        Fake.CutWatches();
        Fake.Seed(_server.NewWidget("c"));

        await Eventually.TrueAsync(() => store.Count == 3, Cancellation);
        Assert.Equal((1, 0), (Lists(), left()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lists_again_when_its_version_expired_and_only_what_changed_is_told(bool byHttpStatus)
    {
        Fake.Faults.ExpireByHttpStatus = byHttpStatus;
        var store = await SyncedAsync();
        var changes = new List<string>();
        using var subscription = store.Subscribe(change =>
        {
            lock (changes)
            {
                changes.Add($"{change.Entity.Name()}:{change.Old is not null}->{change.New is not null}");
            }
        });
        changes.Clear();

        Fake.Faults.SilentWatches = true;
        Fake.Patch<Widget>("a", _server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = 9 } });
        Fake.Delete<Widget>("b", _server.Namespace);
        Fake.Seed(_server.NewWidget("c"));
        Fake.ExpireHistory();
        Fake.Faults.SilentWatches = false;
        Fake.CutWatches();

        await Eventually.TrueAsync(() => store.Count == 2 && store.Get(KeyOf("a"))?.Spec.Size == 9 && store.Get(KeyOf("c")) is not null, Cancellation);
        Assert.Equal(["a:True->True", "b:True->False", "c:False->True"], changes.Order());
        Assert.True(Lists() >= 2);
    }

    [Fact]
    public async Task Cuts_and_resumes_a_watch_that_has_gone_silent()
    {
        var store = await SyncedAsync(silence: TimeSpan.FromMilliseconds(300));
        Fake.Faults.SilentWatches = true;
        Fake.Seed(_server.NewWidget("c"));
        await Eventually.TrueAsync(() => _server.MetricsText().Contains("informer_watches_ended_total{kind=\"Widget\",reason=\"silent\"}", StringComparison.Ordinal), Cancellation);
        Assert.Equal(2, store.Count);

        Fake.Faults.SilentWatches = false;

        await Eventually.TrueAsync(() => store.Count == 3, Cancellation);
        Assert.Equal(1, Lists());
    }

    [Fact]
    public async Task Stays_quietly_on_a_watch_that_sends_bookmarks()
    {
        await SyncedAsync(silence: TimeSpan.FromMilliseconds(1000));

        // Bookmarks come every 50 ms here: forty of them outlast the bound twice.
        await Eventually.TrueAsync(() => BookmarkCount() >= 40, Cancellation);

        Assert.Single(Fake.Requests, request => request.IsWatch);
    }

    [Fact]
    public async Task Keeps_everything_while_the_server_answers_nothing()
    {
        var store = await SyncedAsync();
        var left = CountDepartures(store);
        Fake.Faults.Fail(_ => true, HttpStatusCode.InternalServerError);
        var before = Fake.Requests.Count;
        Fake.ExpireHistory();
        Fake.CutWatches();
        await Eventually.TrueAsync(() => Fake.Requests.Count > before + 3, Cancellation);

        Assert.Equal((2, 0, true), (store.Count, left(), store.HasSynced));

        Fake.Faults.Clear();
        Fake.Seed(_server.NewWidget("c"));
        await Eventually.TrueAsync(() => store.Count == 3, Cancellation);
        Assert.Equal(0, left());
    }

    [Fact]
    public async Task Starts_over_when_a_page_expires()
    {
        Fake.Faults.Fail(request => request.Query.Contains("continue=", StringComparison.Ordinal), HttpStatusCode.Gone, times: 2);

        var store = await SyncedAsync(pageSize: 1);

        Assert.Equal(2, store.Count);
    }

    [Fact]
    public async Task Follows_a_server_that_was_restored_to_an_older_state()
    {
        var backup = Fake.Save();
        Fake.Seed(_server.NewWidget("made-since"));
        var store = await SyncedAsync();
        for (var size = 10; size < 60; size++)
        {
            Fake.Patch<Widget>("a", _server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = size } });
        }

        await Eventually.TrueAsync(() => store.Get(KeyOf("a"))!.Spec.Size == 59, Cancellation);

        Fake.Restore(backup);

        await Eventually.TrueAsync(() => store.Count == 2 && store.Get(KeyOf("a"))!.Spec.Size == 1, Cancellation);

        // Changes are heard again long before the server has come to the version that it once had.
        Fake.Seed(_server.NewWidget("c"));
        await Eventually.TrueAsync(() => store.Get(KeyOf("c")) is not null, Cancellation);
    }

    [Fact]
    public async Task Waits_longer_after_each_failure()
    {
        Fake.Faults.Fail(_ => true, HttpStatusCode.InternalServerError, times: 4);

        var store = await SyncedAsync();

        // 10 + 20 + 40 + 80 ms, less a fifth by chance.
        Assert.Equal(2, store.Count);
        Assert.Equal(5, Lists());
    }

    [Fact]
    public async Task Survives_an_object_that_does_not_fit_its_type()
    {
        var store = await SyncedAsync();
        Fake.Seed($"/apis/test.berth.dev/v1/namespaces/{_server.Namespace}/widgets/a", JsonNode.Parse($$$"""
            {"metadata": {"name": "a", "namespace": "{{{_server.Namespace}}}"}, "spec": {"size": "very"}}
            """)!.AsObject());
        Fake.Seed(_server.NewWidget("c"));

        await Eventually.TrueAsync(() => store.Count == 3, Cancellation);
        Assert.Equal(1, store.Get(KeyOf("a"))!.Spec.Size);
    }

    private ObjectKey KeyOf(string name) => new(_server.Namespace, name);

    // The question for the newest version, before a watch is resumed, is none.
    private int Lists() => Fake.Requests.Count(request => request.Method == "GET" && !request.IsWatch
        && !request.Query.Contains("continue=", StringComparison.Ordinal) && !request.Query.Contains("newest-version", StringComparison.Ordinal));

    private double BookmarkCount()
    {
        var line = _server.MetricsText().Split('\n').FirstOrDefault(text => text.StartsWith("informer_watch_events_total", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Func<int> CountDepartures(Informer<Widget> store)
    {
        var count = 0;
        store.Subscribe(change => count += change.New is null ? 1 : 0);
        return () => Volatile.Read(ref count);
    }

    private async Task<Informer<Widget>> SyncedAsync(TimeSpan? silence = null, int pageSize = 500)
    {
        var informer = await _server.StartInformerAsync(new InformerOptions<Widget> { SilenceBound = silence ?? TimeSpan.FromMinutes(3), PageSize = pageSize });
        await informer.WaitForSyncAsync(Cancellation);
        await Eventually.TrueAsync(() => Fake.Requests.Any(request => request.IsWatch), Cancellation);
        return informer;
    }
}

using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Store;
using Berth.Testing;

namespace Berth.Runtime.Tests.Store;

/// <summary>What the store shows of any API server.</summary>
public sealed class StoreContractTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Holds_what_was_there_and_follows_what_happens()
    {
        await CreateAsync("a");
        var store = await SyncedAsync(new InformerOptions<Widget>());
        Assert.NotNull(store.Get(KeyOf("a")));

        await CreateAsync("b");
        await ResizeAsync("a", 7);
        await Eventually.TrueAsync(() => store.Get(KeyOf("b")) is not null && store.Get(KeyOf("a"))?.Spec.Size == 7, Cancellation);

        await _server.Client.DeleteAsync<Widget>("a", _server.Namespace, null, Cancellation);
        await Eventually.TrueAsync(() => store.Get(KeyOf("a")) is null && store.Count == 1, Cancellation);
    }

    [Fact]
    public async Task Lists_in_pages()
    {
        for (var i = 0; i < 7; i++)
        {
            await CreateAsync($"w{i}");
        }

        var store = await SyncedAsync(new InformerOptions<Widget> { PageSize = 3 });

        Assert.Equal(7, store.Count);
    }

    [Fact]
    public async Task Holds_only_what_the_selector_names()
    {
        await CreateAsync("a", "mine");
        await CreateAsync("b", "theirs");
        var store = await SyncedAsync(new InformerOptions<Widget> { LabelSelector = "owner=mine" });
        Assert.Equal("a", Assert.Single(store.List()).Name());

        await SetOwnerAsync("b", "mine");
        await SetOwnerAsync("a", "theirs");

        await Eventually.TrueAsync(() => store.List() is [var only] && only.Name() == "b", Cancellation);
    }

    [Fact]
    public async Task Finds_by_index()
    {
        await CreateAsync("a", "x");
        await CreateAsync("b", "x");
        await CreateAsync("c", "y");
        var store = await SyncedAsync(new InformerOptions<Widget>());
        store.AddIndex("owner", widget => widget.Label("owner") is { } owner ? [owner] : null);
        Assert.Equal(["a", "b"], store.ByIndex("owner", "x").Select(widget => widget.Name()).Order());

        await SetOwnerAsync("a", "y");

        await Eventually.TrueAsync(() => store.ByIndex("owner", "y").Count == 2 && store.ByIndex("owner", "x").Count == 1, Cancellation);
        Assert.Throws<InvalidOperationException>(() => store.ByIndex("colour", "x"));
    }

    [Fact]
    public async Task Tells_subscribers_what_was_and_what_is()
    {
        await CreateAsync("a");
        var store = await SyncedAsync(new InformerOptions<Widget>());
        var changes = new List<(int? Old, int? New)>();
        using var subscription = store.Subscribe(change =>
        {
            lock (changes)
            {
                changes.Add((change.Old?.Spec.Size, change.New?.Spec.Size));
            }
        });

        await ResizeAsync("a", 2);
        await _server.Client.DeleteAsync<Widget>("a", _server.Namespace, null, Cancellation);
        await Eventually.TrueAsync(() => store.Count == 0, Cancellation);

        Assert.Equal([(null, 1), (1, 2), (2, null)], changes);
    }

    [Fact]
    public async Task Keeps_only_what_the_transform_leaves()
    {
        await CreateAsync("a", "x");

        var store = await SyncedAsync(new InformerOptions<Widget> { Transform = Strip });

        Assert.Null(store.Get(KeyOf("a"))!.Metadata.Labels);
    }

    [Fact]
    public async Task Shows_an_own_write_before_the_watch_does()
    {
        var store = await SyncedAsync(new InformerOptions<Widget>());
        var created = await _server.Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        var patched = await _server.Client.MergePatchAsync(created, new JsonObject { ["spec"] = new JsonObject { ["size"] = 5 } }, null, Cancellation);

        store.Observe(patched);
        Assert.Equal(5, store.Get(KeyOf("a"))!.Spec.Size);

        store.Observe(created);
        Assert.Equal(5, store.Get(KeyOf("a"))!.Spec.Size);
    }

    [Fact]
    public async Task Does_not_bring_back_what_was_deleted_since_the_own_write()
    {
        var store = await SyncedAsync(new InformerOptions<Widget>());
        var created = await _server.Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        await Eventually.TrueAsync(() => store.Count == 1, Cancellation);
        await _server.Client.DeleteAsync(created, null, Cancellation);
        await Eventually.TrueAsync(() => store.Count == 0, Cancellation);

        store.Observe(created);

        Assert.Equal(0, store.Count);
    }

    private static Widget Strip(Widget widget)
    {
        widget.Metadata.Labels = null;
        return widget;
    }

    private ObjectKey KeyOf(string name) => new(_server.Namespace, name);

    private async Task<Informer<Widget>> SyncedAsync(InformerOptions<Widget> options)
    {
        var informer = await _server.StartInformerAsync(options);
        await informer.WaitForSyncAsync(Cancellation);
        return informer;
    }

    private Task<Widget> CreateAsync(string name, string? owner = null)
    {
        var widget = _server.NewWidget(name);
        widget.Metadata.Labels = owner is null ? null : new Dictionary<string, string> { ["owner"] = owner };
        return _server.Client.CreateAsync(widget, Cancellation);
    }

    private Task<Widget> ResizeAsync(string name, int size) =>
        _server.Client.MergePatchAsync<Widget>(name, _server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = size } }, null, Cancellation);

    private Task<Widget> SetOwnerAsync(string name, string owner) => _server.Client.MergePatchAsync<Widget>(
        name, _server.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["owner"] = owner } } }, null, Cancellation);
}

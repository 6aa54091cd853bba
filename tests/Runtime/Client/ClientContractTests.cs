using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Runtime.Tests.Client;

/// <summary>What the client and any API server agree on.</summary>
public sealed class ClientContractTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private KubernetesClient Client => _server.Client;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Creates_and_reads_an_object()
    {
        var widget = _server.NewWidget("a", size: 3);
        widget.Spec.Weight = Quantity.Parse("2Gi");

        var created = await Client.CreateAsync(widget, Cancellation);
        var read = await Client.GetAsync<Widget>("a", _server.Namespace, Cancellation);

        Assert.NotEmpty(created.Uid());
        Assert.Equal(1, created.Metadata.Generation);
        Assert.Equal(created.Metadata.ResourceVersion, read!.Metadata.ResourceVersion);
        Assert.Equal((3, Quantity.FromBytes(2L << 30)), (read.Spec.Size, read.Spec.Weight!.Value));
        Assert.Equal(-1, read.Status!.ObservedGeneration);
    }

    [Fact]
    public async Task Reads_null_where_there_is_nothing() =>
        Assert.Null(await Client.GetAsync<Widget>("nobody", _server.Namespace, Cancellation));

    [Fact]
    public async Task Says_that_a_name_is_taken()
    {
        await Client.CreateAsync(_server.NewWidget("a"), Cancellation);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => Client.CreateAsync(_server.NewWidget("a"), Cancellation));

        Assert.True(failure.IsAlreadyExists);
        Assert.False(failure.IsConflict);
    }

    [Fact]
    public async Task Lists_in_pages_of_one_moment()
    {
        foreach (var name in (string[])["a", "b", "c", "d", "e"])
        {
            await Client.CreateAsync(_server.NewWidget(name), Cancellation);
        }

        var first = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace, Limit = 2 }, Cancellation);
        await Client.CreateAsync(_server.NewWidget("bb"), Cancellation);
        var second = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace, Limit = 2, Continue = first.Metadata.ContinueProperty }, Cancellation);
        var third = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace, Limit = 2, Continue = second.Metadata.ContinueProperty }, Cancellation);

        Assert.Equal(["a", "b", "c", "d", "e"], first.Items.Concat(second.Items).Concat(third.Items).Select(widget => widget.Name()));
        Assert.True(string.IsNullOrEmpty(third.Metadata.ContinueProperty));
        Assert.All(first.Items, widget => Assert.Equal(("test.berth.dev/v1", "Widget"), (widget.ApiVersion, widget.Kind)));
    }

    [Theory]
    [InlineData("color=red", "a")]
    [InlineData("color!=red", "b,c")]
    [InlineData("color in (red, blue)", "a,b")]
    [InlineData("color notin (red)", "b,c")]
    [InlineData("color", "a,b")]
    [InlineData("!color", "c")]
    [InlineData("color=red,color", "a")]
    public async Task Selects_by_labels(string selector, string expected)
    {
        await CreateColouredAsync("a", "red");
        await CreateColouredAsync("b", "blue");
        await CreateColouredAsync("c", null);

        var list = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace, LabelSelector = selector }, Cancellation);

        Assert.Equal(expected.Split(','), list.Items.Select(widget => widget.Name()));
    }

    [Fact]
    public async Task Selects_by_fields()
    {
        await Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        await Client.CreateAsync(_server.NewWidget("b"), Cancellation);

        var list = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace, FieldSelector = "metadata.name=b" }, Cancellation);

        Assert.Equal("b", Assert.Single(list.Items).Name());
    }

    [Fact]
    public async Task Patches_the_status_without_touching_the_spec_or_the_generation()
    {
        var widget = await Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        var patch = new JsonObject { ["spec"] = new JsonObject { ["size"] = 9 }, ["status"] = new JsonObject { ["place"] = "here" } };

        var patched = await Client.MergePatchAsync(widget, patch, "status", Cancellation);

        Assert.Equal(("here", 1, 1L), (patched.Status!.Place, patched.Spec.Size, patched.Metadata.Generation));
        Assert.NotEqual(widget.Metadata.ResourceVersion, patched.Metadata.ResourceVersion);
    }

    [Fact]
    public async Task Patches_the_object_without_touching_the_status()
    {
        var widget = await Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        var patch = new JsonObject { ["spec"] = new JsonObject { ["size"] = 9 }, ["status"] = new JsonObject { ["place"] = "here" } };

        var patched = await Client.MergePatchAsync(widget, patch, null, Cancellation);

        Assert.Equal((null, 9, 2L), (patched.Status!.Place, patched.Spec.Size, patched.Metadata.Generation));
    }

    [Fact]
    public async Task Refuses_a_patch_of_a_stale_version()
    {
        var widget = await Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        await Client.MergePatchAsync(widget, new JsonObject { ["spec"] = new JsonObject { ["size"] = 2 } }, null, Cancellation);

        var failure = await Assert.ThrowsAsync<KubernetesException>(
            () => Client.MergePatchAsync(widget, new JsonObject { ["status"] = new JsonObject { ["size"] = 2 } }, "status", Cancellation));

        Assert.True(failure.IsConflict);
    }

    [Fact]
    public async Task Makes_no_new_generation_when_a_patch_changes_nothing()
    {
        await Client.CreateAsync(_server.NewWidget("a"), Cancellation);

        var patched = await Client.MergePatchAsync<Widget>("a", _server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = 1 } }, null, Cancellation);

        // Not the version: servers before 1.21 write one for the time in managedFields alone.
        Assert.Equal(1, patched.Metadata.Generation);
    }

    [Fact]
    public async Task Deletes_and_says_whether_there_was_something()
    {
        await Client.CreateAsync(_server.NewWidget("a"), Cancellation);

        Assert.True(await Client.DeleteAsync<Widget>("a", _server.Namespace, null, Cancellation));
        Assert.False(await Client.DeleteAsync<Widget>("a", _server.Namespace, null, Cancellation));
    }

    [Fact]
    public async Task Deletes_only_the_object_it_means()
    {
        var first = await Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        await Client.DeleteAsync(first, null, Cancellation);
        await Client.CreateAsync(_server.NewWidget("a"), Cancellation);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => Client.DeleteAsync(first, null, Cancellation));

        Assert.True(failure.IsConflict);
        Assert.NotNull(await Client.GetAsync<Widget>("a", _server.Namespace, Cancellation));
    }

    [Fact]
    public async Task Keeps_a_deleted_object_until_its_last_finalizer_is_gone()
    {
        var widget = await Client.AddFinalizerAsync(await Client.CreateAsync(_server.NewWidget("a"), Cancellation), "test.berth.dev/hold", Cancellation);
        await Client.DeleteAsync(widget, null, Cancellation);

        var held = await Client.GetAsync<Widget>("a", _server.Namespace, Cancellation);
        Assert.True(held!.IsDeleting());
        await Assert.ThrowsAsync<KubernetesException>(() => Client.AddFinalizerAsync(held!, "test.berth.dev/more", Cancellation));

        await Client.RemoveFinalizerAsync(held!, "test.berth.dev/hold", Cancellation);
        Assert.Null(await Client.GetAsync<Widget>("a", _server.Namespace, Cancellation));
    }

    [Fact]
    public async Task Watches_from_a_version_on()
    {
        var list = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace }, Cancellation);
        var widget = await Client.CreateAsync(_server.NewWidget("a"), Cancellation);
        await Client.MergePatchAsync(widget, new JsonObject { ["spec"] = new JsonObject { ["size"] = 2 } }, null, Cancellation);
        await Client.DeleteAsync<Widget>("a", _server.Namespace, null, Cancellation);

        var events = await WatchAsync(new WatchOptions { Namespace = _server.Namespace, ResourceVersion = list.Metadata.ResourceVersion }, 3);

        Assert.Equal(
            [(WatchEventType.Added, 1), (WatchEventType.Modified, 2), (WatchEventType.Deleted, 2)],
            events.Select(change => (change.Type, change.Object!.Spec.Size)));
        Assert.Equal(events.OrderBy(change => long.Parse(change.ResourceVersion!, null)), events);
    }

    [Fact]
    public async Task Watches_what_a_selector_names_come_and_go()
    {
        var list = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace }, Cancellation);
        await CreateColouredAsync("a", null);
        await SetColourAsync("a", "red");
        await SetColourAsync("a", "blue");

        var events = await WatchAsync(new WatchOptions { Namespace = _server.Namespace, LabelSelector = "color=red", ResourceVersion = list.Metadata.ResourceVersion }, 2);

        Assert.Equal([WatchEventType.Added, WatchEventType.Deleted], events.Select(change => change.Type));
    }

    [Fact]
    public async Task Ends_a_watch_when_its_time_is_over()
    {
        var list = await Client.ListAsync<Widget>(new ListOptions { Namespace = _server.Namespace }, Cancellation);

        var events = new List<WatchEvent<Widget>>();
        await foreach (var change in Client.WatchAsync<Widget>(
            new WatchOptions { Namespace = _server.Namespace, ResourceVersion = list.Metadata.ResourceVersion, Timeout = TimeSpan.FromSeconds(1) }, Cancellation))
        {
            events.Add(change);
        }

        Assert.All(events, change => Assert.Equal(WatchEventType.Bookmark, change.Type));
    }

    [Fact]
    public async Task Asks_discovery_what_is_served()
    {
        Assert.True(await Client.IsServedAsync("", "v1", "pods", Cancellation));
        Assert.True(await Client.IsServedAsync("coordination.k8s.io", "v1", "leases", Cancellation));
        Assert.False(await Client.IsServedAsync("", "v1", "unicorns", Cancellation));
        Assert.False(await Client.IsServedAsync("unicorns.example", "v1", "unicorns", Cancellation));
    }

    [Fact]
    public async Task Keeps_the_microseconds_of_a_lease()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, 901, TimeSpan.Zero);
        var lease = new V1Lease
        {
            Metadata = new V1ObjectMeta { Name = "a", NamespaceProperty = _server.Namespace },
            Spec = new V1LeaseSpec { HolderIdentity = "me", LeaseDurationSeconds = 15, RenewTime = time },
        };

        var created = await Client.CreateAsync(lease, Cancellation);

        Assert.Equal(time, created.Spec.RenewTime);
    }

    private async Task CreateColouredAsync(string name, string? colour)
    {
        var widget = _server.NewWidget(name);
        widget.Metadata.Labels = colour is null ? null : new Dictionary<string, string> { ["color"] = colour };
        await Client.CreateAsync(widget, Cancellation);
    }

    private Task<Widget> SetColourAsync(string name, string colour) => Client.MergePatchAsync<Widget>(
        name, _server.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["color"] = colour } } }, null, Cancellation);

    private async Task<List<WatchEvent<Widget>>> WatchAsync(WatchOptions options, int count)
    {
        var events = new List<WatchEvent<Widget>>();
        await foreach (var change in Client.WatchAsync<Widget>(options, Cancellation))
        {
            if (change.Type != WatchEventType.Bookmark)
            {
                events.Add(change);
            }

            if (events.Count == count)
            {
                break;
            }
        }

        return events;
    }
}

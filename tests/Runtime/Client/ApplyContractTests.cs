using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Runtime.Tests.Client;

/// <summary>What server-side apply does on any API server.</summary>
public sealed class ApplyContractTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private KubernetesClient Client => _server.Client;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Applies_an_object_that_is_not_there_and_one_that_is()
    {
        var created = await Client.ApplyAsync(_server.NewWidget("a", size: 1), force: true, Cancellation);
        var same = await Client.ApplyAsync(_server.NewWidget("a", size: 1), force: true, Cancellation);
        var changed = await Client.ApplyAsync(_server.NewWidget("a", size: 2), force: true, Cancellation);

        Assert.Equal((created.Uid(), 1L), (same.Uid(), same.Metadata.Generation));
        Assert.Equal((2, 2L), (changed.Spec.Size, changed.Metadata.Generation));
    }

    [Fact]
    public async Task Takes_back_what_it_no_longer_applies_and_leaves_what_others_set()
    {
        var widget = _server.NewWidget("a");
        widget.Metadata.Labels = new Dictionary<string, string> { ["ours"] = "1", ["kept"] = "1" };
        await Client.ApplyAsync(widget, force: true, Cancellation);
        await Client.MergePatchAsync<Widget>("a", _server.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["theirs"] = "1" } } }, null, Cancellation);

        widget = _server.NewWidget("a");
        widget.Metadata.Labels = new Dictionary<string, string> { ["kept"] = "1" };
        var applied = await Client.ApplyAsync(widget, force: true, Cancellation);

        Assert.Equal(["kept", "theirs"], applied.Metadata.Labels!.Keys.Order());
    }

    [Fact]
    public async Task Applies_against_another_manager_only_by_force()
    {
        await Client.ApplyAsync(_server.NewWidget("a", size: 1), force: true, Cancellation);
        using var other = _server.CreateClient(options => options.FieldManager = "somebody-else");

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => other.ApplyAsync(_server.NewWidget("a", size: 2), force: false, Cancellation));
        var forced = await other.ApplyAsync(_server.NewWidget("a", size: 2), force: true, Cancellation);

        Assert.True(failure.IsConflict);
        Assert.Equal(2, forced.Spec.Size);
    }
}

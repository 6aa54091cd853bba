using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Events;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.Reconcile;

/// <summary>A driver over one widget of size 3 on a server that can be made to fail.</summary>
public abstract class ReconcileDriverTest : IAsyncLifetime
{
    private EventPublisher _events = null!;

    private protected ManualTime Time { get; } = new();

    private protected WidgetReconciler Reconciler { get; } = new();

    private protected TestServer Server { get; private set; } = null!;

    private protected Informer<Widget> Store { get; private set; } = null!;

    private protected ReconcileDriver<Widget, WidgetStatus, WidgetScope> Driver { get; private set; } = null!;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected FakeApiServer Fake => Server.Fake!;

    private protected ObjectKey Key => new(Server.Namespace, "a");

    private protected WidgetStatus Live => Fake.Find<Widget>("a", Server.Namespace)!.Status!;

    public async ValueTask InitializeAsync()
    {
        Server = await TestServer.StartFakeAsync();
        Fake.Seed(Server.NewWidget("a", size: 3));
        Store = await Server.StartInformerAsync<Widget>();
        await Store.WaitForSyncAsync(Cancellation);
        _events = new EventPublisher(Server.Client, new EventPublisherOptions("berth-operator"), Server.Metrics, Time, NullLogger<EventPublisher>.Instance);
        await _events.StartAsync(Cancellation);
        Driver = new ReconcileDriver<Widget, WidgetStatus, WidgetScope>(Reconciler, Store, Server.Client, new ReconcileDriverOptions(), Time, _events);
    }

    public async ValueTask DisposeAsync()
    {
        await _events.StopAsync(CancellationToken.None);
        _events.Dispose();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<ReconcileResult> ReconcileAsync() => Driver.ReconcileAsync(Key, Cancellation);

    private protected void PatchStatus(JsonObject status) => Fake.Patch<Widget>("a", Server.Namespace, new JsonObject { ["status"] = status }, "status");

    private protected void AssertConditions(params (string Type, string Status, string Reason, string Message)[] expected) =>
        Assert.Equal(expected, Live.Conditions!.Select(condition => (condition.Type, condition.Status, condition.Reason, condition.Message)));
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Queue;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Berth.Runtime.Tracing;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.Reconcile;

/// <summary>What wakes keys, and what becomes of those that fail.</summary>
public sealed class ControllerTests : IAsyncLifetime
{
    private readonly RecordingReconciler _reconciler = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private TestServer _server = null!;
    private Controller _controller = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FakeApiServer Fake => _server.Fake!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartFakeAsync();
        var options = new ControllerOptions { MaxConcurrentReconciles = 3, BackOff = new BackOff(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20)) };
        _controller = new Controller("widget", _reconciler, options, _server.Metrics, TimeProvider.System, NullLogger<Controller>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _controller.Dispose();
        await _server.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Begins_with_every_object_and_follows_changes()
    {
        Fake.Seed(_server.NewWidget("a"));
        Fake.Seed(_server.NewWidget("b"));
        Run(await _server.StartInformerAsync<Widget>());
        await Eventually.TrueAsync(() => _reconciler.Count("a") == 1 && _reconciler.Count("b") == 1, Cancellation);

        Fake.Seed(_server.NewWidget("c"));
        Fake.Delete<Widget>("a", _server.Namespace);

        await Eventually.TrueAsync(() => _reconciler.Count("c") == 1 && _reconciler.Count("a") == 2, Cancellation);
    }

    [Fact]
    public async Task Reconciles_nothing_before_all_stores_have_synced()
    {
        Fake.Seed(_server.NewWidget("a"));
        Fake.Faults.Fail(request => request.Resource == "pods", System.Net.HttpStatusCode.InternalServerError);
        var pods = await _server.StartInformerAsync<V1Pod>();
        _controller.Watch(pods, _ => []);
        var widgets = await _server.StartInformerAsync<Widget>();
        Run(widgets);
        await widgets.WaitForSyncAsync(Cancellation);
        await Eventually.TrueAsync(() => Fake.Requests.Count(request => request.Resource == "pods") > 2, Cancellation);
        Assert.Equal(0, _reconciler.Count("a"));

        Fake.Faults.Clear();

        await Eventually.TrueAsync(() => _reconciler.Count("a") == 1, Cancellation);
    }

    [Fact]
    public async Task Wakes_the_keys_that_the_old_and_the_new_state_of_another_object_name()
    {
        var pods = await _server.StartInformerAsync<V1Pod>();
        _controller.Watch(pods, pod => pod.Label("widget") is { } widget ? [new ObjectKey(pod.Namespace(), widget)] : []);
        Run(await _server.StartInformerAsync<Widget>());
        Fake.Seed(new V1Pod { Metadata = new V1ObjectMeta { Name = "p", NamespaceProperty = _server.Namespace, Labels = new Dictionary<string, string> { ["widget"] = "x" } } });
        await Eventually.TrueAsync(() => _reconciler.Count("x") == 1, Cancellation);

        Fake.Patch<V1Pod>("p", _server.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["widget"] = "y" } } });

        await Eventually.TrueAsync(() => _reconciler.Count("y") == 1 && _reconciler.Count("x") == 2, Cancellation);
    }

    [Fact]
    public async Task Never_drops_a_key_that_keeps_failing()
    {
        _reconciler.Result = (_, pass) => pass < 12 ? throw new InvalidOperationException("boom") : ReconcileResult.Done;
        Run(await _server.StartInformerAsync<Widget>());

        _controller.Enqueue(KeyOf("a"));

        await Eventually.TrueAsync(() => _reconciler.Count("a") == 12, Cancellation);
        await Eventually.TrueAsync(() => _server.MetricsText().Contains("controller_runtime_reconcile_total{controller=\"widget\",result=\"success\"} 1\n", StringComparison.Ordinal), Cancellation);
        Assert.Contains("controller_runtime_reconcile_errors_total{controller=\"widget\"} 11\n", _server.MetricsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Brings_a_key_back_when_it_asked_to_come_back()
    {
        _reconciler.Result = (_, pass) => pass == 1 ? ReconcileResult.After(TimeSpan.FromMilliseconds(20)) : ReconcileResult.Done;
        Run(await _server.StartInformerAsync<Widget>());

        _controller.Enqueue(KeyOf("a"));

        await Eventually.TrueAsync(() => _reconciler.Count("a") == 2, Cancellation);
    }

    [Fact]
    public async Task Comes_back_to_every_key_once_in_a_while_but_not_to_one_that_is_gone()
    {
        _reconciler.Result = (key, _) => key.Name == "gone" ? ReconcileResult.Gone : ReconcileResult.Done;
        using var controller = new Controller(
            "resync", _reconciler, new ControllerOptions { ResyncPeriod = TimeSpan.FromMilliseconds(20) }, _server.Metrics, TimeProvider.System, NullLogger<Controller>.Instance);
        _running = controller.RunAsync(_stop.Token);

        controller.Enqueue(KeyOf("gone"));
        controller.Enqueue(KeyOf("there"));
        await Eventually.TrueAsync(() => _reconciler.Count("there") >= 5, Cancellation);
        await _stop.CancelAsync();

        Assert.Equal(1, _reconciler.Count("gone"));
    }

    [Fact]
    public async Task Works_on_no_more_keys_at_once_than_allowed()
    {
        var gate = new TaskCompletionSource();
        _reconciler.Gate = gate.Task;
        Run(await _server.StartInformerAsync<Widget>());
        for (var i = 0; i < 10; i++)
        {
            _controller.Enqueue(KeyOf($"w{i}"));
        }

        await Eventually.TrueAsync(() => _reconciler.Active == 3 && _controller.QueueDepth == 7, Cancellation);
        Assert.Contains("controller_runtime_active_workers{controller=\"widget\"} 3\n", _server.MetricsText(), StringComparison.Ordinal);

        gate.SetResult();
        await Eventually.TrueAsync(() => _reconciler.Total == 10, Cancellation);
    }

    [Fact]
    public async Task Can_run_again_after_it_was_stopped_and_begins_anew()
    {
        Fake.Seed(_server.NewWidget("a"));
        var widgets = await _server.StartInformerAsync<Widget>();
        _controller.Watch(widgets);
        using (var term = CancellationTokenSource.CreateLinkedTokenSource(Cancellation))
        {
            var first = _controller.RunAsync(term.Token);
            await Eventually.TrueAsync(() => _reconciler.Count("a") == 1, Cancellation);
            await term.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        }

        Fake.Seed(_server.NewWidget("b"));
        _running = _controller.RunAsync(_stop.Token);

        await Eventually.TrueAsync(() => _reconciler.Count("a") == 2 && _reconciler.Count("b") == 1, Cancellation);
    }

    [Fact]
    public async Task Traces_each_pass_under_one_name()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RuntimeActivity.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        Run(await _server.StartInformerAsync<Widget>());

        _controller.Enqueue(KeyOf("traced"));

        await Eventually.TrueAsync(() => spans.Any(span => span.OperationName == "reconcile" && span.GetTagItem("k8s.object.name") is "traced"), Cancellation);
    }

    private ObjectKey KeyOf(string name) => new(_server.Namespace, name);

    private void Run(Informer<Widget> widgets)
    {
        _controller.Watch(widgets);
        _running = _controller.RunAsync(_stop.Token);
    }

    private sealed class RecordingReconciler : IKeyReconciler
    {
        private readonly ConcurrentDictionary<string, int> _passes = new();
        private int _active;

        public Func<ObjectKey, int, ReconcileResult> Result { get; set; } = (_, _) => ReconcileResult.Done;

        public Task Gate { get; set; } = Task.CompletedTask;

        public int Active => Volatile.Read(ref _active);

        public int Total => _passes.Values.Sum();

        public int Count(string name) => _passes.GetValueOrDefault(name);

        public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _active);
            await Gate.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _active);
            return Result(key, _passes.AddOrUpdate(key.Name, 1, (_, count) => count + 1));
        }
    }
}

using System.Net;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;

namespace Berth.Runtime.Tests.Reconcile;

/// <summary>One pass over one object: what is written, and when it wants to come back.</summary>
public sealed class ReconcileDriverTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private readonly WidgetReconciler _reconciler = new();
    private TestServer _server = null!;
    private Informer<Widget> _store = null!;
    private ReconcileDriver<Widget, WidgetStatus, WidgetScope> _driver = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FakeApiServer Fake => _server.Fake!;

    private ObjectKey Key => new(_server.Namespace, "a");

    private WidgetStatus Live => Fake.Find<Widget>("a", _server.Namespace)!.Status!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartFakeAsync();
        Fake.Seed(_server.NewWidget("a", size: 3));
        _store = await _server.StartInformerAsync<Widget>();
        await _store.WaitForSyncAsync(Cancellation);
        _driver = new ReconcileDriver<Widget, WidgetStatus, WidgetScope>(_reconciler, _store, _server.Client, new ReconcileDriverOptions(), _time);
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Writes_status_and_conditions_in_one_patch()
    {
        var result = await ReconcileAsync();

        Assert.Equal(ReconcileResult.Done, result);
        Assert.Equal("status", Assert.Single(Fake.Writes).Subresource);
        Assert.Equal((3, 1L), (Live.Size, Live.ObservedGeneration));
        AssertConditions(("Ready", "True", "AsAsked", ""), ("Polished", "True", "Shines", ""));
        Assert.All(Live.Conditions!, condition => Assert.Equal(1, condition.ObservedGeneration));
    }

    [Fact]
    public async Task Writes_nothing_when_nothing_changed()
    {
        await ReconcileAsync();
        Fake.ForgetRequests();
        _time.Advance(TimeSpan.FromHours(1));

        await ReconcileAsync();

        Assert.Empty(Fake.Writes);
    }

    [Fact]
    public async Task Sees_its_own_write_in_the_next_pass()
    {
        Fake.Faults.SilentWatches = true;
        await ReconcileAsync();

        await ReconcileAsync();

        Assert.Single(Fake.Writes);
    }

    [Fact]
    public async Task Runs_no_step_after_one_that_did_not_say_Continue()
    {
        var ran = new List<string>();
        _reconciler.Step(_ => Note("first", StepResult.Continue));
        _reconciler.Step(_ => Note("second", StepResult.Wait("NotYet", "Not yet.")));
        _reconciler.Step(_ => Note("third", StepResult.Continue));

        await ReconcileAsync();

        Assert.Equal(["first", "second"], ran);

        StepResult Note(string name, StepResult result)
        {
            ran.Add(name);
            return result;
        }
    }

    [Fact]
    public async Task Shows_a_wait_as_Reconciling_and_comes_back()
    {
        _reconciler.Step(_ => StepResult.Wait("PoolNotReady", "Pool \"p\" is not ready.", TimeSpan.FromSeconds(7)));

        var result = await ReconcileAsync();

        Assert.Equal(TimeSpan.FromSeconds(7), result.RequeueAfter);
        AssertConditions(
            ("Ready", "False", "PoolNotReady", "Pool \"p\" is not ready."),
            ("Polished", "True", "Shines", ""),
            ("Reconciling", "True", "PoolNotReady", "Pool \"p\" is not ready."));
    }

    [Fact]
    public async Task Looks_again_some_day_after_a_wait_that_nothing_ended()
    {
        _reconciler.Step(_ => StepResult.Wait("PoolNotReady", ""));

        Assert.Equal(TimeSpan.FromMinutes(5), (await ReconcileAsync()).RequeueAfter);
    }

    [Fact]
    public async Task Shows_a_stall_and_does_not_come_back_by_itself()
    {
        _reconciler.Step(_ => StepResult.Stall("InvalidSpec", "spec.size: too large"));

        Assert.Equal(ReconcileResult.Done, await ReconcileAsync());
        AssertConditions(
            ("Ready", "False", "InvalidSpec", "spec.size: too large"),
            ("Polished", "True", "Shines", ""),
            ("Stalled", "True", "InvalidSpec", "spec.size: too large"));
    }

    [Fact]
    public async Task Takes_Reconciling_and_Stalled_away_when_all_is_well_again()
    {
        _reconciler.Step(_ => StepResult.Stall("InvalidSpec", ""));
        await ReconcileAsync();
        _reconciler.Steps.Clear();

        await ReconcileAsync();

        AssertConditions(("Ready", "True", "AsAsked", ""), ("Polished", "True", "Shines", ""));
    }

    [Fact]
    public async Task Shows_an_exception_as_Reconciling_and_comes_back_after_a_back_off()
    {
        var fault = new InvalidOperationException("boom " + new string('x', 5000));
        _reconciler.Step(_ => throw fault);

        var result = await ReconcileAsync();

        Assert.Equal((true, fault), (result.IsRetry, result.Error));
        var reconciling = Live.Conditions.Find("Reconciling")!;
        Assert.Equal(("True", RuntimeReasons.Error), (reconciling.Status, reconciling.Reason));
        Assert.StartsWith("boom", reconciling.Message, StringComparison.Ordinal);
        Assert.True(reconciling.Message.Length <= 1024);
    }

    [Fact]
    public async Task Keeps_conditions_of_others_and_unknown_status_fields()
    {
        PatchStatus(new JsonObject
        {
            ["newerField"] = "kept",
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Theirs", ["status"] = "True", ["reason"] = "R", ["message"] = "", ["lastTransitionTime"] = "2026-01-01T00:00:00Z" }),
        });
        await Eventually.TrueAsync(() => _store.Get(Key)?.Status?.Conditions is not null, Cancellation);

        await ReconcileAsync();

        AssertConditions(("Theirs", "True", "R", ""), ("Ready", "True", "AsAsked", ""), ("Polished", "True", "Shines", ""));
        var raw = await _server.Client.RequestAsync(new RawRequest(HttpMethod.Get, EntityInfo.Of<Widget>().Path(_server.Namespace, "a")), Cancellation);
        Assert.Equal("kept", (string?)raw!["status"]!["newerField"]);
    }

    [Fact]
    public async Task Leaves_Ready_and_the_observed_generation_to_the_role_that_owns_the_status()
    {
        PatchStatus(new JsonObject
        {
            ["observedGeneration"] = 1,
            ["conditions"] = new JsonArray(
                new JsonObject { ["type"] = "Ready", ["status"] = "True", ["reason"] = "Theirs", ["message"] = "", ["lastTransitionTime"] = "2026-01-01T00:00:00Z" },
                new JsonObject { ["type"] = "Stalled", ["status"] = "True", ["reason"] = "Theirs", ["message"] = "", ["lastTransitionTime"] = "2026-01-01T00:00:00Z" }),
        });
        Fake.Patch<Widget>("a", _server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = 4 } });
        await Eventually.TrueAsync(() => _store.Get(Key)?.Spec.Size == 4, Cancellation);
        _reconciler.Owns = _ => false;
        _reconciler.Step(_ => StepResult.Wait("Mine", ""));

        await ReconcileAsync();

        AssertConditions(("Ready", "True", "Theirs", ""), ("Stalled", "True", "Theirs", ""), ("Polished", "True", "Shines", ""));
        Assert.Equal((1L, 4), (Live.ObservedGeneration, Live.Size));
    }

    [Fact]
    public async Task Speaks_of_the_generation_it_looked_at_even_when_a_newer_one_arrives()
    {
        _reconciler.Steps.Add(async (scope, cancellationToken) =>
        {
            scope.Entity = await _server.Client.MergePatchAsync<Widget>("a", _server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = 8 } }, null, cancellationToken);
            return StepResult.Continue;
        });

        await ReconcileAsync();

        Assert.Equal(1, Live.ObservedGeneration);
        Assert.Equal(2, Fake.Find<Widget>("a", _server.Namespace)!.Metadata.Generation);
    }

    [Fact]
    public async Task Reads_again_and_runs_again_when_somebody_else_wrote_first()
    {
        Fake.Faults.SilentWatches = true;
        PatchStatus(new JsonObject { ["place"] = "shelf" });

        var first = await ReconcileAsync();
        var second = await ReconcileAsync();

        Assert.True(first.IsRetry);
        Assert.Null(first.Error);
        Assert.Equal(ReconcileResult.Done, second);
        Assert.Equal(("shelf", 3), (Live.Place, Live.Size));
    }

    [Fact]
    public async Task Reports_a_conflict_that_never_ends()
    {
        _reconciler.Step(_ => throw new KubernetesException("not yours", HttpStatusCode.Conflict, KubernetesReasons.Conflict));

        for (var i = 0; i < 5; i++)
        {
            Assert.Null((await ReconcileAsync()).Error);
        }

        Assert.NotNull((await ReconcileAsync()).Error);
        Assert.Equal("not yours", Live.Conditions.Find("Reconciling")!.Message);
    }

    [Fact]
    public async Task Asks_where_an_object_went_that_the_store_does_not_hold()
    {
        var result = await _driver.ReconcileAsync(new ObjectKey("default", "nobody"), Cancellation);

        Assert.Equal(ReconcileResult.Gone, result);
        Assert.Equal([new ObjectKey("default", "nobody")], _reconciler.Absent);
    }

    [Fact]
    public async Task Writes_nothing_to_an_object_whose_last_finalizer_it_has_removed()
    {
        Fake.Patch<Widget>("a", _server.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray("test.berth.dev/hold") } });
        Fake.Delete<Widget>("a", _server.Namespace);
        await Eventually.TrueAsync(() => _store.Get(Key)?.IsDeleting() == true, Cancellation);
        _reconciler.Steps.Add(async (scope, cancellationToken) =>
        {
            scope.Entity = await _server.Client.RemoveFinalizerAsync(scope.Entity, "test.berth.dev/hold", cancellationToken);
            return StepResult.Continue;
        });

        Assert.Equal(ReconcileResult.Done, await ReconcileAsync());

        Assert.DoesNotContain(Fake.Writes, request => request.Subresource == "status");
        Assert.Null(Fake.Find<Widget>("a", _server.Namespace));
    }

    [Fact]
    public async Task Takes_a_deletion_under_its_hands_for_what_it_is()
    {
        Fake.Faults.SilentWatches = true;
        Fake.Delete<Widget>("a", _server.Namespace);

        Assert.Equal(ReconcileResult.Done, await ReconcileAsync());
    }

    [Fact]
    public async Task Writes_no_status_for_a_wait_that_is_over_in_a_moment()
    {
        var waiting = true;
        _reconciler.Step(_ => waiting ? StepResult.Wait("Starting", "").Quietly(TimeSpan.FromSeconds(2)) : StepResult.Continue);

        Assert.Equal(TimeSpan.FromSeconds(2), (await ReconcileAsync()).RequeueAfter);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), (await ReconcileAsync()).RequeueAfter);
        Assert.Empty(Fake.Writes);

        waiting = false;
        await ReconcileAsync();
        Assert.Single(Fake.Writes);
    }

    [Fact]
    public async Task Writes_the_status_of_a_quiet_wait_that_lasts()
    {
        _reconciler.Step(_ => StepResult.Wait("Starting", "").Quietly(TimeSpan.FromSeconds(2)));
        await ReconcileAsync();
        _time.Advance(TimeSpan.FromSeconds(2));

        await ReconcileAsync();

        Assert.Equal("Starting", Live.Conditions.Find("Reconciling")!.Reason);
    }

    [Fact]
    public async Task Reports_a_failure_even_when_its_report_fails()
    {
        var fault = new InvalidOperationException("boom");
        _reconciler.Step(_ => throw fault);
        Fake.Faults.Fail(request => request.IsWrite, HttpStatusCode.InternalServerError);

        var thrown = await Assert.ThrowsAsync<AggregateException>(ReconcileAsync);

        Assert.Contains(fault, thrown.InnerExceptions);
    }

    private Task<ReconcileResult> ReconcileAsync() => _driver.ReconcileAsync(Key, Cancellation);

    private void PatchStatus(JsonObject status) => Fake.Patch<Widget>("a", _server.Namespace, new JsonObject { ["status"] = status }, "status");

    private void AssertConditions(params (string Type, string Status, string Reason, string Message)[] expected) =>
        Assert.Equal(expected, Live.Conditions!.Select(condition => (condition.Type, condition.Status, condition.Reason, condition.Message)));
}

using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Testing;

namespace Berth.Runtime.Tests.Reconcile;

/// <summary>What a pass writes to the status.</summary>
public sealed class ReconcileStatusTests : ReconcileDriverTest
{
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
    public async Task Shows_a_wait_as_Reconciling_and_comes_back()
    {
        Reconciler.Step(_ => StepResult.Wait("PoolNotReady", "Pool \"p\" is not ready.", TimeSpan.FromSeconds(7)));

        var result = await ReconcileAsync();

        Assert.Equal(TimeSpan.FromSeconds(7), result.RequeueAfter);
        AssertConditions(
            ("Ready", "False", "PoolNotReady", "Pool \"p\" is not ready."),
            ("Polished", "True", "Shines", ""),
            ("Reconciling", "True", "PoolNotReady", "Pool \"p\" is not ready."));
    }

    [Fact]
    public async Task Shows_a_stall_and_does_not_come_back_by_itself()
    {
        Reconciler.Step(_ => StepResult.Stall("InvalidSpec", "spec.size: too large"));

        Assert.Equal(ReconcileResult.Done, await ReconcileAsync());
        AssertConditions(
            ("Ready", "False", "InvalidSpec", "spec.size: too large"),
            ("Polished", "True", "Shines", ""),
            ("Stalled", "True", "InvalidSpec", "spec.size: too large"));
    }

    [Fact]
    public async Task Tells_of_a_stall_once_for_each_reason_and_of_nothing_else()
    {
        Reconciler.Step(_ => StepResult.Wait("PoolNotReady", "", TimeSpan.FromSeconds(7)));
        await ReconcileAsync();
        Reconciler.Steps.Clear();
        Reconciler.Step(_ => StepResult.Stall("InvalidSpec", "spec.size: too large"));
        await ReconcileAsync();
        await ReconcileAsync();
        Reconciler.Steps.Clear();
        Reconciler.Step(_ => StepResult.Stall("InvalidSpec", "spec.size: still too large"));
        await ReconcileAsync();
        Reconciler.Steps.Clear();
        Reconciler.Step(_ => StepResult.Stall("NotSupported", "spec.colour"));
        await ReconcileAsync();
        Reconciler.Steps.Clear();
        await ReconcileAsync();

        await Eventually.TrueAsync(() => Fake.List<CoreEvent>().Any(told => told.Reason == "NotSupported"), Cancellation);
        Assert.Equal(
            [("InvalidSpec", "spec.size: too large", 1), ("NotSupported", "spec.colour", 1)],
            Fake.List<CoreEvent>().Select(told => (told.Reason, told.Message, told.Count ?? 0)).Order());
        Assert.All(Fake.List<CoreEvent>(), told => Assert.Equal(("Warning", "a", "Widget"), (told.Type, told.InvolvedObject.Name, told.InvolvedObject.Kind)));
    }

    [Fact]
    public async Task Takes_Reconciling_and_Stalled_away_when_all_is_well_again()
    {
        Reconciler.Step(_ => StepResult.Stall("InvalidSpec", ""));
        await ReconcileAsync();
        Reconciler.Steps.Clear();

        await ReconcileAsync();

        AssertConditions(("Ready", "True", "AsAsked", ""), ("Polished", "True", "Shines", ""));
    }

    [Fact]
    public async Task Shows_an_exception_as_Reconciling_and_comes_back_after_a_back_off()
    {
        var fault = new InvalidOperationException("boom " + new string('x', 5000));
        Reconciler.Step(_ => throw fault);

        var result = await ReconcileAsync();

        Assert.Equal((true, fault), (result.IsRetry, result.Error));
        var reconciling = Live.Conditions.Find("Reconciling")!;
        Assert.Equal(("True", RuntimeReasons.Error), (reconciling.Status, reconciling.Reason));
        Assert.StartsWith("boom", reconciling.Message, StringComparison.Ordinal);
        Assert.True(reconciling.Message.Length <= 1024);
    }

    [Fact]
    public async Task Shows_a_wait_that_lasts_too_long_as_Stalled_and_comes_back_as_ever()
    {
        Reconciler.Step(_ => StepResult.Wait("PoolNotReady", "Not ready.", TimeSpan.FromSeconds(7)));
        await ReconcileAsync();
        Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(TimeSpan.FromSeconds(7), (await ReconcileAsync()).RequeueAfter);
        AssertConditions(("Ready", "False", "PoolNotReady", "Not ready."), ("Polished", "True", "Shines", ""), ("Stalled", "True", "PoolNotReady", "Not ready."));

        Reconciler.Steps.Clear();
        await ReconcileAsync();
        AssertConditions(("Ready", "True", "AsAsked", ""), ("Polished", "True", "Shines", ""));
        Reconciler.Step(_ => StepResult.Wait("PoolNotReady", "Not ready."));
        await ReconcileAsync();
        Assert.NotNull(Live.Conditions.Find("Reconciling"));
    }

    [Fact]
    public async Task A_new_generation_has_all_of_the_time_again()
    {
        Reconciler.Step(_ => StepResult.Wait("PoolNotReady", ""));
        await ReconcileAsync();
        Time.Advance(TimeSpan.FromMinutes(10));
        await ReconcileAsync();
        Assert.NotNull(Live.Conditions.Find("Stalled"));

        Fake.Patch<Widget>("a", Server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = 4 } });
        await Eventually.TrueAsync(() => Store.Get(Key)?.Spec.Size == 4, Cancellation);
        await ReconcileAsync();
        Assert.Equal(("True", null), (Live.Conditions.Find("Reconciling")?.Status, Live.Conditions.Find("Stalled")?.Status));
    }

    [Fact]
    public async Task What_was_told_as_Stalled_stays_so_over_a_restart_while_it_waits_for_the_same()
    {
        var reason = "PoolNotReady";
        Reconciler.Step(_ => StepResult.Wait(reason, ""));
        await ReconcileAsync();
        Time.Advance(TimeSpan.FromMinutes(10));
        await ReconcileAsync();

        var restarted = new ReconcileDriver<Widget, WidgetStatus, WidgetScope>(Reconciler, Store, Server.Client, new ReconcileDriverOptions(), Time);
        await restarted.ReconcileAsync(Key, Cancellation);
        Assert.NotNull(Live.Conditions.Find("Stalled"));

        reason = "Starting";
        await restarted.ReconcileAsync(Key, Cancellation);
        Assert.Equal("Starting", Live.Conditions.Find("Reconciling")?.Reason);
    }

    [Fact]
    public async Task A_wait_that_may_last_stays_Reconciling()
    {
        Reconciler.Step(_ => StepResult.Wait("ShuttingDown", "").AsLongAsItTakes());
        await ReconcileAsync();
        Time.Advance(TimeSpan.FromHours(1));
        await ReconcileAsync();
        Assert.NotNull(Live.Conditions.Find("Reconciling"));
    }

    [Fact]
    public async Task Keeps_conditions_of_others_and_unknown_status_fields()
    {
        PatchStatus(new JsonObject
        {
            ["newerField"] = "kept",
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Theirs", ["status"] = "True", ["reason"] = "R", ["message"] = "", ["lastTransitionTime"] = "2026-01-01T00:00:00Z" }),
        });
        await Eventually.TrueAsync(() => Store.Get(Key)?.Status?.Conditions is not null, Cancellation);

        await ReconcileAsync();

        AssertConditions(("Theirs", "True", "R", ""), ("Ready", "True", "AsAsked", ""), ("Polished", "True", "Shines", ""));
        var raw = await Server.Client.RequestAsync(new RawRequest(HttpMethod.Get, EntityInfo.Of<Widget>().Path(Server.Namespace, "a")), Cancellation);
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
        Fake.Patch<Widget>("a", Server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = 4 } });
        await Eventually.TrueAsync(() => Store.Get(Key)?.Spec.Size == 4, Cancellation);
        Reconciler.Owns = _ => false;
        Reconciler.Step(_ => StepResult.Wait("Mine", ""));

        await ReconcileAsync();

        AssertConditions(("Ready", "True", "Theirs", ""), ("Stalled", "True", "Theirs", ""), ("Polished", "True", "Shines", ""));
        Assert.Equal((1L, 4), (Live.ObservedGeneration, Live.Size));
    }

    [Fact]
    public async Task Speaks_of_the_generation_it_looked_at_even_when_a_newer_one_arrives()
    {
        Reconciler.Steps.Add(async (scope, cancellationToken) =>
        {
            scope.Entity = await Server.Client.MergePatchAsync<Widget>("a", Server.Namespace, new JsonObject { ["spec"] = new JsonObject { ["size"] = 8 } }, null, cancellationToken);
            return StepResult.Continue;
        });

        await ReconcileAsync();

        Assert.Equal(1, Live.ObservedGeneration);
        Assert.Equal(2, Fake.Find<Widget>("a", Server.Namespace)!.Metadata.Generation);
    }

    [Fact]
    public async Task Writes_no_status_for_a_wait_that_is_over_in_a_moment()
    {
        var waiting = true;
        Reconciler.Step(_ => waiting ? StepResult.Wait("Starting", "").Quietly(TimeSpan.FromSeconds(2)) : StepResult.Continue);

        Assert.Equal(TimeSpan.FromSeconds(2), (await ReconcileAsync()).RequeueAfter);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), (await ReconcileAsync()).RequeueAfter);
        Assert.Empty(Fake.Writes);

        waiting = false;
        await ReconcileAsync();
        Assert.Single(Fake.Writes);
    }

    [Fact]
    public async Task Writes_the_status_of_a_quiet_wait_that_lasts()
    {
        Reconciler.Step(_ => StepResult.Wait("Starting", "").Quietly(TimeSpan.FromSeconds(2)));
        await ReconcileAsync();
        Time.Advance(TimeSpan.FromSeconds(2));

        await ReconcileAsync();

        Assert.Equal("Starting", Live.Conditions.Find("Reconciling")!.Reason);
    }
}

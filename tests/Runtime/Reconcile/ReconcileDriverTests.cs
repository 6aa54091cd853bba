using System.Net;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Testing;

namespace Berth.Runtime.Tests.Reconcile;

/// <summary>How a pass runs, and when it wants to come back.</summary>
public sealed class ReconcileDriverTests : ReconcileDriverTest
{
    [Fact]
    public async Task Writes_nothing_when_nothing_changed()
    {
        await ReconcileAsync();
        Fake.ForgetRequests();
        Time.Advance(TimeSpan.FromHours(1));

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
        Reconciler.Step(_ => Note("first", StepResult.Continue));
        Reconciler.Step(_ => Note("second", StepResult.Wait("NotYet", "Not yet.")));
        Reconciler.Step(_ => Note("third", StepResult.Continue));

        await ReconcileAsync();

        Assert.Equal(["first", "second"], ran);

        StepResult Note(string name, StepResult result)
        {
            ran.Add(name);
            return result;
        }
    }

    [Fact]
    public async Task Looks_again_some_day_after_a_wait_that_nothing_ended()
    {
        Reconciler.Step(_ => StepResult.Wait("PoolNotReady", ""));

        Assert.Equal(TimeSpan.FromMinutes(5), (await ReconcileAsync()).RequeueAfter);
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
        Reconciler.Step(_ => throw new KubernetesException("not yours", HttpStatusCode.Conflict, KubernetesReasons.Conflict));

        for (var i = 0; i < 5; i++)
        {
            Assert.Null((await ReconcileAsync()).Error);
        }

        Assert.NotNull((await ReconcileAsync()).Error);
        Assert.Equal("not yours", Live.Conditions.Find("Reconciling")!.Message);
    }

    [Fact]
    public async Task Asks_where_an_object_went_that_theStore_does_not_hold()
    {
        var result = await Driver.ReconcileAsync(new ObjectKey("default", "nobody"), Cancellation);

        Assert.Equal(ReconcileResult.Gone, result);
        Assert.Equal([new ObjectKey("default", "nobody")], Reconciler.Absent);
    }

    [Fact]
    public async Task Writes_nothing_to_an_object_whose_last_finalizer_it_has_removed()
    {
        Fake.Patch<Widget>("a", Server.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray("test.berth.dev/hold") } });
        Fake.Delete<Widget>("a", Server.Namespace);
        await Eventually.TrueAsync(() => Store.Get(Key)?.IsDeleting() == true, Cancellation);
        Reconciler.Steps.Add(async (scope, cancellationToken) =>
        {
            scope.Entity = await Server.Client.RemoveFinalizerAsync(scope.Entity, "test.berth.dev/hold", cancellationToken);
            return StepResult.Continue;
        });

        Assert.Equal(ReconcileResult.Done, await ReconcileAsync());

        Assert.DoesNotContain(Fake.Writes, request => request.Subresource == "status");
        Assert.Null(Fake.Find<Widget>("a", Server.Namespace));
    }

    [Fact]
    public async Task Takes_a_deletion_under_its_hands_for_what_it_is()
    {
        Fake.Faults.SilentWatches = true;
        Fake.Delete<Widget>("a", Server.Namespace);

        Assert.Equal(ReconcileResult.Done, await ReconcileAsync());
    }

    [Fact]
    public async Task Reports_a_failure_even_when_its_report_fails()
    {
        var fault = new InvalidOperationException("boom");
        Reconciler.Step(_ => throw fault);
        Fake.Faults.Fail(request => request.IsWrite, HttpStatusCode.InternalServerError);

        var thrown = await Assert.ThrowsAsync<AggregateException>(ReconcileAsync);

        Assert.Contains(fault, thrown.InnerExceptions);
    }
}

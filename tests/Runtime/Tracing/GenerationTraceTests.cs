using System.Diagnostics;
using Berth.Runtime.Tests.Reconcile;
using Berth.Runtime.Tracing;

namespace Berth.Runtime.Tests.Tracing;

/// <summary>What is done for one generation of an object is one trace, whoever does it, and it ends.</summary>
public sealed class GenerationTraceTests : ReconcileDriverTest
{
    private readonly ActivityListener _listener = Listen();

    [Fact]
    public void Whoever_works_on_a_generation_finds_the_same_trace()
    {
        using (_listener)
        {
            Assert.Equal(GenerationTrace.Of("uid-1", 2), GenerationTrace.Of("uid-1", 2));
            Assert.NotEqual(GenerationTrace.Of("uid-1", 2).TraceId, GenerationTrace.Of("uid-1", 3).TraceId);
            Assert.NotEqual(GenerationTrace.Of("uid-1", 2).TraceId, GenerationTrace.Of("uid-2", 2).TraceId);
            Assert.Equal(default, GenerationTrace.Of(null, 2));
        }
    }

    [Fact]
    public async Task Passes_belong_to_it_until_the_object_is_ready()
    {
        using (_listener)
        {
            var metadata = Store.Get(Key)!.Metadata;
            Assert.Equal(GenerationTrace.Of(metadata.Uid, metadata.Generation), Driver.TraceOf(Key));
            await ReconcileAsync();
            Assert.Equal(default, Driver.TraceOf(Key));
            Assert.Equal(default, Driver.TraceOf(new(Server.Namespace, "nobody")));
        }
    }

    [Fact]
    public void Its_spans_name_the_object()
    {
        using (_listener)
        {
            using var span = RuntimeActivity.Start("reconcile", GenerationTrace.Of("uid-1", 2)).About("widget", Key);
            Assert.Equal(GenerationTrace.Of("uid-1", 2).TraceId, span!.TraceId);
            Assert.Equal(("widget", Server.Namespace, "a"), (span.GetTagItem("k8s.object.kind"), span.GetTagItem("k8s.namespace.name"), span.GetTagItem("k8s.object.name")));
        }
    }

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RuntimeActivity.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}

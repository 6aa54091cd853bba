using System.Diagnostics;
using Berth.Kubernetes;

namespace Berth.Runtime.Tracing;

/// <summary>Traces of what is done for an object. Span names are constant; what they are about is in their tags.</summary>
public static class RuntimeActivity
{
    /// <summary>The name to listen for.</summary>
    public const string SourceName = "Berth.Runtime";

    internal static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a span; null while nobody listens.</summary>
    /// <param name="name">A constant.</param>
    /// <param name="parent">The trace that it belongs to; default for one of its own.</param>
    public static Activity? Start(string name, ActivityContext parent) => Source.StartActivity(name, ActivityKind.Internal, parent);

    /// <summary>Names the object that a span is about.</summary>
    public static Activity? About(this Activity? span, string kind, ObjectKey key) =>
        span?.SetTag("k8s.object.kind", kind).SetTag("k8s.namespace.name", key.Namespace).SetTag("k8s.object.name", key.Name);
}

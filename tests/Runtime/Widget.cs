using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Runtime.Tests;

/// <summary>A kind with a status, for the tests of a library that knows no kind.</summary>
[KubernetesEntity(Group = "test.berth.dev", ApiVersion = "v1", Kind = "Widget", PluralName = "widgets")]
internal sealed record Widget : IKubernetesObject<V1ObjectMeta>, ISpec<WidgetSpec>, IStatus<WidgetStatus>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public WidgetSpec Spec { get; set; } = new();

    public WidgetStatus? Status { get; set; }

    public static Widget Named(string name, string @namespace = "default", int size = 1) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = @namespace },
        Spec = new WidgetSpec { Size = size },
    };
}

internal sealed record WidgetSpec
{
    public int Size { get; set; }

    public Quantity? Weight { get; set; }
}

internal sealed record WidgetStatus : IConditionedStatus
{
    public long? ObservedGeneration { get; set; }

    public int? Size { get; set; }

    public string? Place { get; set; }

    public IList<Condition>? Conditions { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(Widget))]
internal sealed partial class WidgetJsonContext : JsonSerializerContext;

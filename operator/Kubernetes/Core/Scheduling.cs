using System.Text.Json.Serialization;

namespace Berth.Kubernetes;

/// <summary>Lets a pod onto nodes with a matching taint.</summary>
public sealed record V1Toleration
{
    // The API server reads a schema's bounds as 64-bit floating point: long.MaxValue is rounded up there, overflows, and refuses every value.
    private const long MaxExact = (1L << 53) - 1;

    /// <summary>The taint's key; empty with operator Exists tolerates every taint.</summary>
    public string? Key { get; set; }

    /// <summary>Exists or Equal (default).</summary>
    [AllowedValues("Exists", "Equal")]
    [JsonPropertyName("operator")]
    public string? OperatorProperty { get; set; }

    /// <summary>The taint's value for operator Equal.</summary>
    public string? Value { get; set; }

    /// <summary>NoSchedule, PreferNoSchedule or NoExecute; empty means all of them.</summary>
    [AllowedValues("", "NoSchedule", "PreferNoSchedule", "NoExecute")]
    public string? Effect { get; set; }

    /// <summary>For NoExecute: how long the taint is tolerated, in seconds; unset means for ever.</summary>
    [RangeMinimum(-MaxExact)]
    [RangeMaximum(MaxExact)]
    public long? TolerationSeconds { get; set; }
}

/// <summary>Rules about where to run, relative to nodes and to other pods.</summary>
public sealed record V1Affinity
{
    /// <summary>Rules about the labels of nodes.</summary>
    public V1NodeAffinity? NodeAffinity { get; set; }

    /// <summary>Rules that attract to nodes where certain pods run.</summary>
    public V1PodAffinity? PodAffinity { get; set; }

    /// <summary>Rules that keep away from nodes where certain pods run.</summary>
    public V1PodAffinity? PodAntiAffinity { get; set; }
}

/// <summary>Rules about the labels of nodes.</summary>
public sealed record V1NodeAffinity
{
    /// <summary>The node must match.</summary>
    public V1NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; set; }

    /// <summary>Nodes that match are preferred, by weight.</summary>
    public IList<V1PreferredSchedulingTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; set; }
}

/// <summary>Alternatives, of which a node must match one.</summary>
public sealed record V1NodeSelector
{
    /// <summary>The alternatives.</summary>
    [Required]
    [Items(minItems: 1)]
    public IList<V1NodeSelectorTerm> NodeSelectorTerms { get; set; } = [];
}

/// <summary>Requirements that a node must all meet.</summary>
public sealed record V1NodeSelectorTerm
{
    /// <summary>Requirements on the node's labels.</summary>
    public IList<V1NodeSelectorRequirement>? MatchExpressions { get; set; }

    /// <summary>Requirements on the node's fields, such as metadata.name.</summary>
    public IList<V1NodeSelectorRequirement>? MatchFields { get; set; }
}

/// <summary>One requirement on a node.</summary>
public sealed record V1NodeSelectorRequirement
{
    /// <summary>The label's key or the field's name.</summary>
    [Required]
    public string Key { get; set; } = "";

    /// <summary>In, NotIn, Exists, DoesNotExist, Gt or Lt.</summary>
    [Required]
    [AllowedValues("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")]
    [JsonPropertyName("operator")]
    public string OperatorProperty { get; set; } = "";

    /// <summary>The values to compare with.</summary>
    public IList<string>? Values { get; set; }
}

/// <summary>A preferred term and its weight.</summary>
public sealed record V1PreferredSchedulingTerm
{
    /// <summary>Weight from 1 to 100.</summary>
    [Required]
    [RangeMinimum(1)]
    [RangeMaximum(100)]
    public int Weight { get; set; }

    /// <summary>The term.</summary>
    [Required]
    public V1NodeSelectorTerm Preference { get; set; } = new();
}

/// <summary>Rules about pods on the same topology domain; used for affinity and for anti-affinity.</summary>
public sealed record V1PodAffinity
{
    /// <summary>Terms that must hold.</summary>
    public IList<V1PodAffinityTerm>? RequiredDuringSchedulingIgnoredDuringExecution { get; set; }

    /// <summary>Terms that are preferred, by weight.</summary>
    public IList<V1WeightedPodAffinityTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; set; }
}

/// <summary>Pods, and the node label whose value they are to share or not.</summary>
public sealed record V1PodAffinityTerm
{
    /// <summary>Selects the pods.</summary>
    public V1LabelSelector? LabelSelector { get; set; }

    /// <summary>The pods' namespaces; empty means the pod's own.</summary>
    public IList<string>? Namespaces { get; set; }

    /// <summary>The node label that makes a topology domain, such as kubernetes.io/hostname.</summary>
    [Required]
    [Length(1)]
    public string TopologyKey { get; set; } = "";
}

/// <summary>A preferred term and its weight.</summary>
public sealed record V1WeightedPodAffinityTerm
{
    /// <summary>Weight from 1 to 100.</summary>
    [Required]
    [RangeMinimum(1)]
    [RangeMaximum(100)]
    public int Weight { get; set; }

    /// <summary>The term.</summary>
    [Required]
    public V1PodAffinityTerm PodAffinityTerm { get; set; } = new();
}

/// <summary>How evenly matching pods are spread over topology domains.</summary>
public sealed record V1TopologySpreadConstraint
{
    /// <summary>By how many pods domains may differ.</summary>
    [Required]
    [RangeMinimum(1)]
    [RangeMaximum(int.MaxValue)]
    public int MaxSkew { get; set; }

    /// <summary>The node label that makes a topology domain, such as topology.kubernetes.io/zone.</summary>
    [Required]
    [Length(1)]
    public string TopologyKey { get; set; } = "";

    /// <summary>DoNotSchedule (the pod waits) or ScheduleAnyway (the constraint only weighs).</summary>
    [Required]
    [AllowedValues("DoNotSchedule", "ScheduleAnyway")]
    public string WhenUnsatisfiable { get; set; } = "";

    /// <summary>Selects the pods that are counted.</summary>
    public V1LabelSelector? LabelSelector { get; set; }
}

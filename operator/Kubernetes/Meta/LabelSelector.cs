namespace Berth.Kubernetes;

/// <summary>Selects objects by their labels; an empty selector selects all.</summary>
public sealed record V1LabelSelector
{
    /// <summary>Labels that must all be there with these values.</summary>
    public IDictionary<string, string>? MatchLabels { get; set; }

    /// <summary>Requirements that must all hold.</summary>
    public IList<V1LabelSelectorRequirement>? MatchExpressions { get; set; }
}

/// <summary>One requirement on a label.</summary>
public sealed record V1LabelSelectorRequirement
{
    /// <summary>The label's key.</summary>
    [Required]
    public string Key { get; set; } = "";

    /// <summary>In, NotIn, Exists or DoesNotExist.</summary>
    [Required]
    [AllowedValues("In", "NotIn", "Exists", "DoesNotExist")]
    [System.Text.Json.Serialization.JsonPropertyName("operator")]
    public string OperatorProperty { get; set; } = "";

    /// <summary>The values for In and NotIn.</summary>
    public IList<string>? Values { get; set; }
}

namespace Berth.Kubernetes;

/// <summary>What the API server answers in place of an object, for one in an error.</summary>
public sealed record V1Status : IKubernetesObject<V1ListMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ListMeta Metadata { get; set; } = new();

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    public string? Status { get; set; }

    public string? Message { get; set; }

    /// <summary>The machine-readable reason, such as <c>NotFound</c>, <c>Conflict</c> or <c>Expired</c>.</summary>
    public string? Reason { get; set; }

    public int? Code { get; set; }

    public V1StatusDetails? Details { get; set; }
}

/// <summary>More about a failed request.</summary>
public sealed record V1StatusDetails
{
    public string? Name { get; set; }

    public string? Group { get; set; }

    public string? Kind { get; set; }

    public int? RetryAfterSeconds { get; set; }

    public IList<V1StatusCause>? Causes { get; set; }
}

/// <summary>One cause of a refused request, with the field it is about.</summary>
public sealed record V1StatusCause
{
    public string? Reason { get; set; }

    public string? Message { get; set; }

    public string? Field { get; set; }
}

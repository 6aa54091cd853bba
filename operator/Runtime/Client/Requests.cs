using System.Text.Json.Nodes;

namespace Berth.Runtime.Client;

/// <summary>What to list. All null: every object of every namespace in one answer, the newest state.</summary>
public sealed record ListOptions
{
    /// <summary>One namespace; null for all.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>The largest number of objects in one answer.</summary>
    public int? Limit { get; init; }

    /// <summary>The token of the page before.</summary>
    public string? Continue { get; init; }

    /// <summary>Null reads the newest state; "0" takes what the server has cached.</summary>
    public string? ResourceVersion { get; init; }
}

/// <summary>What to watch, and from where.</summary>
public sealed record WatchOptions
{
    /// <summary>One namespace; null for all.</summary>
    public string? Namespace { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>The version after which changes are wanted; null first replays everything that exists.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>After this long the server ends the watch.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>How and under which conditions to delete.</summary>
public sealed record DeleteOptions
{
    /// <summary>Deletes only the object with this UID; another one gives a conflict.</summary>
    public string? Uid { get; init; }

    /// <summary>Deletes only this version of the object; another one gives a conflict.</summary>
    public string? ResourceVersion { get; init; }

    public int? GracePeriodSeconds { get; init; }

    /// <summary>Orphan, Background or Foreground; null is the kind's own default.</summary>
    public string? PropagationPolicy { get; init; }
}

/// <summary>A request that the typed methods do not cover: discovery, reviews, evictions.</summary>
public sealed record RawRequest(HttpMethod Method, string PathAndQuery)
{
    public JsonNode? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>False where 429 is an answer and not throttling, as for an eviction that a budget refuses.</summary>
    public bool RetryWhenThrottled { get; init; } = true;
}

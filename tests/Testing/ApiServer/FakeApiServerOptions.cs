using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <summary>How a fake API server behaves.</summary>
public sealed record FakeApiServerOptions
{
    /// <summary>Serves HTTPS and HTTP/2 with a certificate of its own instead of plain HTTP/1.1.</summary>
    public bool UseTls { get; init; }

    /// <summary>Requests must bear this token; null takes any.</summary>
    public string? Token { get; init; }

    /// <summary>How often watches that allow bookmarks get one. Default 1 min, as on real servers.</summary>
    public TimeSpan BookmarkPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Changes that are remembered for watches. Default 100,000.</summary>
    public int HistorySize { get; init; } = 100_000;

    /// <summary>The schema default of the status of new objects of a group. Default: that of Berth's own kinds for groups that are not Kubernetes' own.</summary>
    public Func<string, JsonObject?> StatusDefault { get; init; } = static group =>
        group.Contains('.', StringComparison.Ordinal) && !group.EndsWith(".k8s.io", StringComparison.Ordinal) ? new JsonObject { ["observedGeneration"] = -1 } : null;

    /// <summary>Groups and versions that are not served, as <c>policy/v1</c>.</summary>
    public IReadOnlySet<string> NotServed { get; init; } = new HashSet<string>();
}

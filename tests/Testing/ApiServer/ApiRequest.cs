namespace Berth.Testing.ApiServer;

/// <summary>A request as the server received it.</summary>
public sealed record ApiRequest(string Method, string Path, string Query, string UserAgent, string? FieldManager)
{
    /// <summary>The resource, such as <c>pods</c>; empty for discovery.</summary>
    public string Resource { get; init; } = "";

    public string? Subresource { get; init; }

    /// <summary><c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public string Protocol { get; init; } = "";

    public bool IsWatch => Query.Contains("watch=true", StringComparison.Ordinal);

    public bool IsWrite => Method is "POST" or "PUT" or "PATCH" or "DELETE";
}

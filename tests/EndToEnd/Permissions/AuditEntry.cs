using System.Text.Json;

namespace Berth.EndToEnd.Tests.Permissions;

/// <summary>One line of an API server's audit log, about an object: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/</summary>
internal sealed record AuditEntry
{
    public required string User { get; init; }

    public required string Program { get; init; }

    public required string Verb { get; init; }

    public required string Group { get; init; }

    /// <summary>With its subresource, as roles name it.</summary>
    public required string Resource { get; init; }

    public required string? Namespace { get; init; }

    public required string? Name { get; init; }

    public required int? Code { get; init; }

    public required bool IsForbidden { get; init; }

    public required bool IsDryRun { get; init; }

    public required DateTimeOffset Received { get; init; }

    public required DateTimeOffset Answered { get; init; }

    /// <summary>Reads a line; null when it is not whole yet or about no object.</summary>
    public static AuditEntry? Parse(string line)
    {
        if (!line.EndsWith('}'))
        {
            return null;
        }

        using var document = JsonDocument.Parse(line);
        var entry = document.RootElement;
        return entry.TryGetProperty("objectRef", out var about) ? Of(entry, about) : null;
    }

    private static AuditEntry Of(JsonElement entry, JsonElement about)
    {
        var subresource = Text(about, "subresource");
        return new AuditEntry
        {
            User = Text(entry.GetProperty("user"), "username") ?? "",
            Program = Text(entry, "userAgent") ?? "",
            Verb = Text(entry, "verb") ?? "",
            Group = Text(about, "apiGroup") ?? "",
            Resource = Text(about, "resource") + (subresource is null ? "" : $"/{subresource}"),
            Namespace = Text(about, "namespace"),
            Name = Text(about, "name"),
            Code = entry.TryGetProperty("responseStatus", out var status) && status.TryGetProperty("code", out var code) ? code.GetInt32() : null,
            IsForbidden = entry.TryGetProperty("annotations", out var annotations) && Text(annotations, "authorization.k8s.io/decision") == "forbid",
            IsDryRun = Text(entry, "requestURI")?.Contains("dryRun=", StringComparison.Ordinal) == true,
            Received = entry.GetProperty("requestReceivedTimestamp").GetDateTimeOffset(),
            Answered = entry.GetProperty("stageTimestamp").GetDateTimeOffset(),
        };
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}

using System.Text.Json;

namespace Berth.EndToEnd.Tests.Permissions;

/// <summary>What a request asked of the API server, as far as roles care. Requests that ask for the same are equal.</summary>
internal sealed record ApiRequest(string Account, string Program, string? Namespace, string Group, string Resource, string Verb, string? Name, bool Allowed)
{
    public override string ToString() => $"{Program} as {Account}: {Verb} {Resource}{(Group.Length > 0 ? $".{Group}" : "")} {Name} in {Namespace}";

    /// <summary>The different requests of Berth's accounts in an audit log; a line that is not whole yet is left out.</summary>
    public static async Task<IReadOnlySet<ApiRequest>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var requests = new HashSet<ApiRequest>();
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Contains("\"system:serviceaccount:berth-system:", StringComparison.Ordinal) && line.EndsWith('}') && From(line) is { } request)
            {
                requests.Add(request);
            }
        }

        return requests;
    }

    private static ApiRequest? From(string line)
    {
        using var document = JsonDocument.Parse(line);
        var entry = document.RootElement;
        var account = Text(entry.GetProperty("user"), "username") ?? "";
        if (!account.StartsWith("system:serviceaccount:berth-system:", StringComparison.Ordinal) || !entry.TryGetProperty("objectRef", out var about))
        {
            return null;
        }

        var subresource = Text(about, "subresource");
        var decision = entry.TryGetProperty("annotations", out var annotations) ? Text(annotations, "authorization.k8s.io/decision") : null;
        return new(
            account,
            Text(entry, "userAgent") ?? "",
            Text(about, "namespace"),
            Text(about, "apiGroup") ?? "",
            Text(about, "resource") + (subresource is null ? "" : $"/{subresource}"),
            Text(entry, "verb") ?? "",
            Text(about, "name"),
            decision != "forbid");
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
}

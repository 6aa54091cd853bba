using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>The API server's audit log: who wrote what.</summary>
internal sealed class AuditLog(string path)
{
    /// <summary>Where the log ends now; reading from here on skips what came before.</summary>
    public long Position => new FileInfo(path).Length;

    /// <summary>The writes that were answered since <paramref name="position"/>, failed ones included.</summary>
    public async Task<IReadOnlyList<ApiWrite>> WritesSinceAsync(long position, CancellationToken cancellationToken) =>
        [.. (await EntriesSinceAsync(position, cancellationToken)).Select(ApiWrite.From).OfType<ApiWrite>()];

    /// <summary>How many requests of any kind Berth's parts have made since <paramref name="position"/>; watches count when they end.</summary>
    public async Task<int> RequestsOfBerthSinceAsync(long position, CancellationToken cancellationToken) =>
        (await EntriesSinceAsync(position, cancellationToken)).Count(entry =>
            (string?)entry["stage"] == "ResponseComplete" && ((string?)entry["user"]?["username"])?.StartsWith("system:serviceaccount:berth-system:", StringComparison.Ordinal) == true);

    /// <summary>Everything that was logged since <paramref name="position"/>, as it stands there.</summary>
    public async Task<IReadOnlyList<JsonObject>> EntriesSinceAsync(long position, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = position;
        using var reader = new StreamReader(stream);
        var entries = new List<JsonObject>();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            // The last line may be half written.
            if (line.EndsWith('}') && JsonNode.Parse(line) is JsonObject entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }
}

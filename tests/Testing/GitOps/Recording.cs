using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.Testing.GitOps;

/// <summary>Objects in each of their states, as operator and agents leave them, kept in <c>tests/GitOps/Recorded</c> for the tests of what GitOps tools make of them.</summary>
/// <remarks><c>BERTH_RECORD=1</c> writes them anew. What differs from run to run (UIDs, times, versions, MACs) is replaced by what does not.</remarks>
public static partial class Recording
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The folder of the recordings: <c>KIND/STATE.json</c>.</summary>
    public static string Folder { get; } = Checkout.PathOf("tests/GitOps/Recorded");

    // Read from the environment: the switch is for people, not for code.
    private static bool Rewrites => Environment.GetEnvironmentVariables()["BERTH_RECORD"] is "1";

    /// <summary>Fails when <paramref name="live"/> is not as it was recorded.</summary>
    /// <param name="live">The object as the API server stores it.</param>
    /// <param name="state">Names the recording.</param>
    /// <param name="names">Texts of this run, and what stands for each.</param>
    public static void Check(JsonObject live, string state, params ReadOnlySpan<(string Text, string Stands)> names)
    {
        var text = Lasting(live, names);
        var path = Path.Combine(Folder, ((string)live["kind"]!).ToLowerInvariant(), $"{state}.json");
        if (Rewrites)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            return;
        }

        var recorded = File.Exists(path) ? File.ReadAllText(path) : "";
        if (recorded != text)
        {
            throw new InvalidOperationException($"{path} is not what operator or agent write now. Look at the difference; with BERTH_RECORD=1 it is recorded anew. Now:\n{text}");
        }
    }

    private static string Lasting(JsonObject live, ReadOnlySpan<(string Text, string Stands)> names)
    {
        var item = (JsonObject)Ordered(live)!;
        (item["metadata"] as JsonObject)?.Remove("resourceVersion");
        var text = item.ToJsonString(Indented) + "\n";
        foreach (var (name, stands) in names)
        {
            text = text.Replace(Escaped(name), Escaped(stands), StringComparison.Ordinal);
        }

        text = Time().Replace(text, "2026-01-01T00:00:00Z");
        text = Mac().Replace(text, "52:54:00:00:00:01");
        return WithLastingUids(text);
    }

    // Numbered in the order of their appearance, so that equal ones stay equal; files are named after a UID's first eight digits.
    private static string WithLastingUids(string text)
    {
        foreach (var (uid, index) in Uid().Matches(text).Select(match => match.Value).Where(uid => !uid.StartsWith("00000000", StringComparison.Ordinal)).Distinct().Select((uid, index) => (uid, index + 1)).ToList())
        {
            text = text.Replace(uid, $"{index:d8}-0000-4000-8000-000000000000", StringComparison.Ordinal).Replace($".{uid[..8]}", $".{index:d8}", StringComparison.Ordinal);
        }

        return text;
    }

    // Members by name; lists, whose order tools heed, as they are.
    private static JsonNode? Ordered(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Where(member => member.Value is not null).OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Ordered(member.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Ordered)]),
        _ => node?.DeepClone(),
    };

    private static string Escaped(string text) => JsonSerializer.Serialize(text, Indented)[1..^1];

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b52:54:00(:[0-9a-f]{2}){3}\b")]
    private static partial Regex Mac();

    [GeneratedRegex(@"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Uid();
}

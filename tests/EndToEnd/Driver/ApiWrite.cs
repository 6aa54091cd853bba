using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>One answered POST, PUT, PATCH or DELETE.</summary>
internal sealed record ApiWrite(string User, string Verb, string Resource, string Namespace, string Name, int Code)
{
    /// <summary>The pod that the writer's token is bound to; empty where it is bound to none. It tells replicas apart.</summary>
    public string Pod { get; init; } = "";

    /// <summary>When the API server had answered, by its own clock.</summary>
    public DateTimeOffset AnsweredAt { get; init; }

    private static readonly Dictionary<string, string> Verbs =
        new() { ["create"] = "POST", ["update"] = "PUT", ["patch"] = "PATCH", ["delete"] = "DELETE", ["deletecollection"] = "DELETE" };

    /// <summary>The part that wrote, in one word: operator, agent, scheduler, or the user's name.</summary>
    public string Writer =>
        User switch
        {
            "system:kube-scheduler" => "scheduler",
            _ when User.StartsWith("system:serviceaccount:berth-system:", StringComparison.Ordinal) && User.Contains("operator", StringComparison.Ordinal) => "operator",
            _ when User.StartsWith("system:serviceaccount:berth-system:", StringComparison.Ordinal) && User.Contains("agent", StringComparison.Ordinal) => "agent",
            _ => User,
        };

    public static ApiWrite? From(JsonObject entry)
    {
        if ((string?)entry["stage"] != "ResponseComplete" || !Verbs.TryGetValue((string?)entry["verb"] ?? "", out var verb) || entry["objectRef"] is not { } reference)
        {
            return null;
        }

        var subresource = (string?)reference["subresource"];
        var resource = (string?)reference["resource"] + (subresource is null ? "" : $"/{subresource}");
        return new((string?)entry["user"]?["username"] ?? "", verb, resource, (string?)reference["namespace"] ?? "",
            (string?)reference["name"] ?? "", (int?)entry["responseStatus"]?["code"] ?? 0)
        {
            Pod = (string?)entry["user"]?["extra"]?["authentication.kubernetes.io/pod-name"]?[0] ?? "",
            AnsweredAt = entry["stageTimestamp"]?.GetValue<DateTimeOffset>() ?? default,
        };
    }
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <summary>Tokens as a TokenReview tells of them. Requests to the server itself need none of them.</summary>
public sealed class ApiTokens
{
    private readonly ConcurrentDictionary<string, KnownToken> _known = new(StringComparer.Ordinal);

    /// <summary>From now on the token is good.</summary>
    public void Add(string token, KnownToken known) => _known[token] = known;

    /// <summary>The token has expired, or what it was bound to is gone.</summary>
    public void Remove(string token) => _known.TryRemove(token, out _);

    internal JsonObject Review(JsonObject review)
    {
        var (token, audiences) = ((string?)review["spec"]?["token"] ?? "", (review["spec"]?["audiences"] as JsonArray ?? []).Select(audience => (string?)audience));
        var answer = (JsonObject)review.DeepClone();
        answer["status"] = _known.TryGetValue(token, out var known) && (known.Audience is null || audiences.Contains(known.Audience))
            ? new JsonObject
            {
                ["authenticated"] = true,
                ["user"] = new JsonObject { ["username"] = known.User, ["uid"] = "u", ["groups"] = new JsonArray("system:serviceaccounts"), ["extra"] = Extra(known) },
                ["audiences"] = known.Audience is { } audience ? new JsonArray(audience) : null,
            }
            : new JsonObject { ["user"] = new JsonObject(), ["error"] = "[invalid bearer token, unknown]" };
        return answer;
    }

    private static JsonObject Extra(KnownToken known)
    {
        var extra = new JsonObject();
        if (known.Pod is { } pod)
        {
            extra["authentication.kubernetes.io/pod-name"] = new JsonArray(pod);
            extra["authentication.kubernetes.io/pod-uid"] = new JsonArray(known.PodUid);
        }

        return extra;
    }
}

/// <summary>What a good token says.</summary>
/// <param name="User">Name of the user.</param>
/// <param name="Audience">Whom it is meant for; null for a token of an authenticator that knows no audiences.</param>
public sealed record KnownToken(string User, string? Audience)
{
    /// <summary>Name of the pod that it is bound to; null for none.</summary>
    public string? Pod { get; init; }

    /// <summary>UID of that pod.</summary>
    public string? PodUid { get; init; }
}

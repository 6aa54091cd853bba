using System.Text.Json.Serialization;
using Berth.Operator.Admission;

namespace Berth.Operator.Agents;

/// <summary>Asks the API server whose token it is (<c>authentication.k8s.io/v1</c>).</summary>
internal sealed record TokenReview
{
    public const string Version = "authentication.k8s.io/v1";

    public string ApiVersion { get; set; } = Version;

    public string Kind { get; set; } = nameof(TokenReview);

    public TokenReviewSpec? Spec { get; set; }

    public TokenReviewStatus? Status { get; set; }
}

/// <summary>The question.</summary>
internal sealed record TokenReviewSpec(string Token, IReadOnlyList<string> Audiences);

/// <summary>The answer.</summary>
internal sealed record TokenReviewStatus
{
    public bool Authenticated { get; set; }

    public UserInfo? User { get; set; }

    /// <summary>Those that were asked for and that the token is meant for. An authenticator that knows nothing of audiences leaves it empty.</summary>
    public IReadOnlyList<string>? Audiences { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenReview))]
internal sealed partial class TokenReviewJsonContext : JsonSerializerContext;

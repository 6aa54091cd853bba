using System.Text.Json;
using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Operator.Admission;

/// <summary>What the API server asks, and is answered (<c>admission.k8s.io/v1</c>).</summary>
internal sealed record AdmissionReview
{
    public const string Version = "admission.k8s.io/v1";

    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public AdmissionRequest? Request { get; init; }

    public AdmissionResponse? Response { get; init; }
}

/// <summary>A request that somebody has made of the API server.</summary>
internal sealed record AdmissionRequest
{
    public string Uid { get; init; } = "";

    public GroupResource Resource { get; init; } = new();

    public string? SubResource { get; init; }

    public string? Name { get; init; }

    public string? Namespace { get; init; }

    /// <summary>CREATE, UPDATE, DELETE or CONNECT.</summary>
    public string Operation { get; init; } = "";

    public UserInfo UserInfo { get; init; } = new();

    public JsonElement? Object { get; init; }

    public JsonElement? OldObject { get; init; }

    [JsonIgnore]
    public bool IsCreate => Operation == "CREATE";

    [JsonIgnore]
    public bool IsUpdate => Operation == "UPDATE";
}

/// <summary>Group, version and plural of what is asked for.</summary>
internal sealed record GroupResource
{
    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    public string Resource { get; init; } = "";
}

/// <summary>Who asks; the API server has made sure of it.</summary>
internal sealed record UserInfo
{
    public string Username { get; init; } = "";

    /// <summary>What the token says besides, such as the pod that it is bound to.</summary>
    public IDictionary<string, IList<string>>? Extra { get; init; }
}

/// <summary>The answer.</summary>
internal sealed record AdmissionResponse
{
    public string Uid { get; init; } = "";

    public bool Allowed { get; init; }

    public V1Status? Status { get; init; }

    /// <summary>Sentences that kubectl shows to whoever asked.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }

    public string? PatchType { get; init; }

    /// <summary>A JSON patch, in base64.</summary>
    public byte[]? Patch { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AdmissionReview))]
internal sealed partial class AdmissionJsonContext : JsonSerializerContext;

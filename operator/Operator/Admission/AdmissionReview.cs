using System.Text.Json;
using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Operator.Admission;

/// <summary>What the API server asks, and is answered (<c>admission.k8s.io/v1</c>).</summary>
/// <remarks>set, not init: with init the generated reader makes null of whatever is left out, whatever its default says.</remarks>
internal sealed record AdmissionReview
{
    public const string Version = "admission.k8s.io/v1";

    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public AdmissionRequest? Request { get; set; }

    public AdmissionResponse? Response { get; set; }
}

/// <summary>A request that somebody has made of the API server.</summary>
internal sealed record AdmissionRequest
{
    public string Uid { get; set; } = "";

    public GroupResource Resource { get; set; } = new();

    public GroupKind Kind { get; set; } = new();

    public string? SubResource { get; set; }

    public string? Name { get; set; }

    public string? Namespace { get; set; }

    /// <summary>CREATE, UPDATE, DELETE or CONNECT.</summary>
    public string Operation { get; set; } = "";

    public UserInfo UserInfo { get; set; } = new();

    public JsonElement? Object { get; set; }

    public JsonElement? OldObject { get; set; }

    [JsonIgnore]
    public bool IsCreate => Operation == "CREATE";

    [JsonIgnore]
    public bool IsUpdate => Operation == "UPDATE";
}

/// <summary>Group, version and plural of what is asked for.</summary>
internal sealed record GroupResource
{
    public string Group { get; set; } = "";

    public string Version { get; set; } = "";

    public string Resource { get; set; } = "";
}

/// <summary>Group, version and kind of what is asked for.</summary>
internal sealed record GroupKind
{
    public string Group { get; set; } = "";

    public string Version { get; set; } = "";

    public string Kind { get; set; } = "";
}

/// <summary>Who asks; the API server has made sure of it.</summary>
internal sealed record UserInfo
{
    public string Username { get; set; } = "";

    /// <summary>What the token says besides, such as the pod that it is bound to.</summary>
    public IDictionary<string, IList<string>>? Extra { get; set; }
}

/// <summary>The answer.</summary>
internal sealed record AdmissionResponse
{
    public string Uid { get; set; } = "";

    public bool Allowed { get; set; }

    public V1Status? Status { get; set; }

    /// <summary>Sentences that kubectl shows to whoever asked.</summary>
    public IReadOnlyList<string>? Warnings { get; set; }

    public string? PatchType { get; set; }

    /// <summary>A JSON patch, in base64.</summary>
    public byte[]? Patch { get; set; }
}

// The API server takes JSON of a depth of 10,000. With the serializer's own bound of 64, an object that was stored with a deep field
// could not be changed any more, not even to take its finalizer off.
[JsonSourceGenerationOptions(MaxDepth = 10_000 + 64, RespectNullableAnnotations = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AdmissionReview))]
internal sealed partial class AdmissionJsonContext : JsonSerializerContext;

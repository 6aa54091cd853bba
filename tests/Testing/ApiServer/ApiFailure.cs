using System.Net;
using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <summary>A request that the server refuses, as the <c>Status</c> object that a real one would send.</summary>
internal sealed class ApiFailure(HttpStatusCode code, string reason, string message) : Exception(message)
{
    public HttpStatusCode Code { get; } = code;

    public TimeSpan? RetryAfter { get; init; }

    public static ApiFailure NotFound(ApiPath path) =>
        new(HttpStatusCode.NotFound, "NotFound", $"{path.Plural} \"{path.Name}\" not found");

    public static ApiFailure AlreadyExists(ApiPath path, string name) =>
        new(HttpStatusCode.Conflict, "AlreadyExists", $"{path.Plural} \"{name}\" already exists");

    public static ApiFailure Conflict(ApiPath path, string why) =>
        new(HttpStatusCode.Conflict, "Conflict", $"Operation cannot be fulfilled on {path.Plural} \"{path.Name}\": {why}");

    public static ApiFailure Expired(string message) => new(HttpStatusCode.Gone, "Expired", message);

    public static ApiFailure Invalid(string message) => new(HttpStatusCode.UnprocessableEntity, "Invalid", message);

    public static ApiFailure BadRequest(string message) => new(HttpStatusCode.BadRequest, "BadRequest", message);

    public JsonObject ToStatus() => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = Message,
        ["reason"] = reason,
        ["code"] = (int)Code,
    };
}

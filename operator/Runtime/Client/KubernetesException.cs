using System.Net;
using Berth.Kubernetes;

namespace Berth.Runtime.Client;

/// <summary>A request to the API server failed. <see cref="Reason"/> is for decisions, the message for people.</summary>
public sealed class KubernetesException : Exception
{
    internal KubernetesException(string message, HttpStatusCode? statusCode, string reason, V1Status? status = null, TimeSpan? retryAfter = null, Exception? inner = null)
        : base(message, inner)
    {
        StatusCode = statusCode;
        Reason = reason;
        Status = status;
        RetryAfter = retryAfter;
    }

    /// <summary>The HTTP status; null when no answer came.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>The server's reason (<c>NotFound</c>, <c>Conflict</c>, …), or <see cref="KubernetesReasons.Unreachable"/> or <see cref="KubernetesReasons.Timeout"/> when no answer came.</summary>
    public string Reason { get; }

    /// <summary>The server's whole answer, where it gave one.</summary>
    public V1Status? Status { get; }

    /// <summary>How long the server asked to wait.</summary>
    public TimeSpan? RetryAfter { get; }

    public bool IsNotFound => StatusCode is HttpStatusCode.NotFound;

    /// <summary>The object has another version than the request presumed, or another manager owns an applied field.</summary>
    public bool IsConflict => StatusCode is HttpStatusCode.Conflict && !IsAlreadyExists;

    public bool IsAlreadyExists => Reason is KubernetesReasons.AlreadyExists;

    /// <summary>The version or page token is too old: list again.</summary>
    public bool IsExpired => StatusCode is HttpStatusCode.Gone;

    public bool IsInvalid => StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest;

    public bool IsForbidden => StatusCode is HttpStatusCode.Forbidden;

    public bool IsUnauthorized => StatusCode is HttpStatusCode.Unauthorized;

    public bool IsThrottled => StatusCode is HttpStatusCode.TooManyRequests;

    /// <summary>Nothing is known of whether the request was carried out: no answer came.</summary>
    public bool IsUnreachable => StatusCode is null;
}

/// <summary>Reasons of failures, as the API server words them, and two for when it says nothing.</summary>
public static class KubernetesReasons
{
    public const string NotFound = "NotFound";
    public const string AlreadyExists = "AlreadyExists";
    public const string Conflict = "Conflict";
    public const string Expired = "Expired";
    public const string Gone = "Gone";
    public const string Invalid = "Invalid";
    public const string Forbidden = "Forbidden";
    public const string TooManyRequests = "TooManyRequests";

    /// <summary>No connection, or it broke before the answer was whole.</summary>
    public const string Unreachable = "Unreachable";

    /// <summary>The answer is not what the type expects.</summary>
    public const string Undecodable = "Undecodable";

    /// <summary>The request was a write and was not sent (in full): this process does not lead (any more).</summary>
    public const string NotLeading = "NotLeading";

    /// <summary>The answer did not come within the request's time.</summary>
    public const string Timeout = "Timeout";
}

using Microsoft.AspNetCore.Http;

namespace Berth.Operator.Serving;

/// <summary>What answers the requests of one path. Features register theirs as services of this type; every replica serves them, leading or not.</summary>
internal interface ISecureEndpoint
{
    /// <summary>The whole path, such as <c>/admission/validate</c>.</summary>
    string Path { get; }

    /// <summary>The HTTP method; others get 405.</summary>
    string Method => HttpMethods.Post;

    /// <summary>True: a request without a client certificate that Berth's authority issued for clients, and that is valid at this moment, gets 401 before the endpoint hears of it. The endpoint finds it in <c>context.Connection.ClientCertificate</c>.</summary>
    bool RequiresClientCertificate => false;

    /// <summary>Answers a request. An exception is logged and answered with 500; <c>context.RequestAborted</c> ends with the connection.</summary>
    Task HandleAsync(HttpContext context);
}

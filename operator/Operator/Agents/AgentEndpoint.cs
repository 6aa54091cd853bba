using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Api;
using Berth.Operator.Serving;
using Berth.Runtime.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Agents;

/// <summary>What agents ask for: small JSON in; an answer, or a refusal that says why.</summary>
internal abstract partial class AgentEndpoint(ILogger logger) : ISecureEndpoint
{
    /// <summary>A signing request has about 500 bytes.</summary>
    private const int MaxRequestBytes = 16 * 1024;

    public abstract string Path { get; }

    public abstract bool RequiresClientCertificate { get; }

    public async Task HandleAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxRequestBytes;
        }

        if (await TryAnswerAsync(context) is { } refusal)
        {
            Log.Refused(logger, Path, context.Connection.RemoteIpAddress, refusal.Reason, refusal.Message);
            context.Response.StatusCode = refusal.Status;
            await WriteAsync(context, new OperatorRefusal { Reason = refusal.Reason, Message = refusal.Message }, ApiJsonContext.Default.OperatorRefusal);
        }
    }

    /// <summary>Answers the request, or says why not.</summary>
    protected abstract Task<Refusal?> AnswerAsync(HttpContext context);

    /// <exception cref="JsonException">The body is something else.</exception>
    protected static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class =>
        await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) ?? throw new JsonException("The body is null.");

    protected static Task WriteAsync<T>(HttpContext context, T body, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, body, type, context.RequestAborted);
    }

    private async Task<Refusal?> TryAnswerAsync(HttpContext context)
    {
        try
        {
            return await AnswerAsync(context);
        }
        catch (JsonException)
        {
            return Refusal.BadRequest($"The body is not what {Path} takes.");
        }
        catch (KubernetesException e)
        {
            Log.CannotTell(logger, e, Path);
            return Refusal.Unavailable("The API server does not tell the operator what it has to know; ask again.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: refused to {Address}: {Reason}: {Why}")]
        public static partial void Refused(ILogger logger, string path, System.Net.IPAddress? address, string reason, string why);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Path}: the API server does not answer")]
        public static partial void CannotTell(ILogger logger, Exception exception, string path);
    }
}

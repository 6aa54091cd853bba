using System.Diagnostics;
using Berth.Operator.Certificates;
using Berth.Runtime.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Serving;

/// <summary>Finds the endpoint of a request, and lets nobody in whom the endpoint does not want to hear.</summary>
internal sealed partial class RequestDispatch
{
    private static readonly double[] Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

    private readonly Dictionary<string, ISecureEndpoint> _endpoints;
    private readonly ICertificateIssuer _certificates;
    private readonly Histogram _seconds;
    private readonly ILogger _logger;

    public RequestDispatch(IEnumerable<ISecureEndpoint> endpoints, ICertificateIssuer certificates, MetricFactory metrics, ILogger<RequestDispatch> logger)
    {
        _endpoints = endpoints.ToDictionary(endpoint => endpoint.Path, StringComparer.Ordinal);
        _certificates = certificates;
        _seconds = metrics.CreateHistogram("berth_https_request_duration_seconds", "Time to answer a request over HTTPS.", Buckets, "path", "code");
        _logger = logger;
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (!_endpoints.TryGetValue(context.Request.Path.Value ?? "", out var endpoint))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var started = Stopwatch.GetTimestamp();
        await AnswerAsync(endpoint, context);
        _seconds.WithLabels(endpoint.Path, CodeText(context.Response.StatusCode)).Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private async Task AnswerAsync(ISecureEndpoint endpoint, HttpContext context)
    {
        if (context.Request.Method != endpoint.Method)
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = endpoint.Method;
        }
        else if (endpoint.RequiresClientCertificate && !IsKnown(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            await CallAsync(endpoint, context);
        }
    }

    private bool IsKnown(HttpContext context) =>
        context.Connection.ClientCertificate is { } certificate && _certificates.Trusts(certificate, CertificateUses.Client);

    private async Task CallAsync(ISecureEndpoint endpoint, HttpContext context)
    {
        try
        {
            await endpoint.HandleAsync(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // Whoever asked has gone.
        }
        catch (BadHttpRequestException e)
        {
            SetStatus(context, e.StatusCode);
        }
        catch (Exception e)
        {
            Log.Failed(_logger, e, endpoint.Path);
            SetStatus(context, StatusCodes.Status500InternalServerError);
        }
    }

    private static void SetStatus(HttpContext context, int code)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = code;
        }
    }

    private static string CodeText(int code) => code.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A request to {Path} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string path);
    }
}

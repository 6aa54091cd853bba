using System.Diagnostics;
using System.Text.Json;
using Berth.Kubernetes;
using Berth.Operator.Serving;
using Berth.Runtime.Tracing;
using Microsoft.AspNetCore.Http;

namespace Berth.Operator.Admission;

/// <summary>Reads a review, has it decided, and answers it.</summary>
internal abstract class AdmissionEndpoint : ISecureEndpoint
{
    public abstract string Path { get; }

    public async Task HandleAsync(HttpContext context)
    {
        if (await ReadAsync(context) is not { } request)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using var span = RuntimeActivity.Start("admission", TraceOf(request)).About(request.Kind.Kind.ToLowerInvariant(), new ObjectKey(request.Namespace, request.Name ?? ""));
        span?.SetTag("operation", request.Operation);
        var decision = await DecideAsync(request, context.RequestAborted);
        span?.SetTag("allowed", decision.Allowed);
        var answer = new AdmissionReview { ApiVersion = AdmissionReview.Version, Kind = nameof(AdmissionReview), Response = decision with { Uid = request.Uid } };
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, AdmissionJsonContext.Default.AdmissionReview, context.RequestAborted);
    }

    /// <summary>Decides; from the request and from what is known already, so that it is quick.</summary>
    protected abstract ValueTask<AdmissionResponse> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken);

    // An object that is being made has its UID only when it is validated, not yet when it may be changed.
    private static ActivityContext TraceOf(AdmissionRequest request)
    {
        var metadata = AdmittedObject.At(request.Object ?? default, "metadata");
        return AdmittedObject.At(metadata, "uid") is { ValueKind: JsonValueKind.String } uid
            && AdmittedObject.At(metadata, "generation") is { ValueKind: JsonValueKind.Number } generation && generation.TryGetInt64(out var number)
                ? GenerationTrace.Of(uid.GetString(), number)
                : default;
    }

    private static async Task<AdmissionRequest?> ReadAsync(HttpContext context)
    {
        try
        {
            var review = await JsonSerializer.DeserializeAsync(context.Request.Body, AdmissionJsonContext.Default.AdmissionReview, context.RequestAborted);
            return review is { ApiVersion: AdmissionReview.Version, Request: { Uid.Length: > 0 } request } ? request : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

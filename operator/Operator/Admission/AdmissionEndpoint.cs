using System.Text.Json;
using Berth.Operator.Serving;
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

        var decision = await DecideAsync(request, context.RequestAborted);
        var answer = new AdmissionReview { ApiVersion = AdmissionReview.Version, Kind = nameof(AdmissionReview), Response = decision with { Uid = request.Uid } };
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, AdmissionJsonContext.Default.AdmissionReview, context.RequestAborted);
    }

    /// <summary>Decides; from the request and from what is known already, so that it is quick.</summary>
    protected abstract ValueTask<AdmissionResponse> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken);

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

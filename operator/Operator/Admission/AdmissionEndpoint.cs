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

        var answer = new AdmissionReview { ApiVersion = AdmissionReview.Version, Kind = nameof(AdmissionReview), Response = Decide(request) with { Uid = request.Uid } };
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, AdmissionJsonContext.Default.AdmissionReview, context.RequestAborted);
    }

    /// <summary>Decides; only from the request and from stores, so that it is quick.</summary>
    protected abstract AdmissionResponse Decide(AdmissionRequest request);

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

using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Admission;

/// <summary>Answers to the API server.</summary>
internal static class AdmissionAnswers
{
    public static AdmissionResponse Allow(IReadOnlyList<string>? warnings = null) => new() { Allowed = true, Warnings = warnings is { Count: > 0 } ? warnings : null };

    /// <summary>The object cannot work; every field that is wrong is named, in the message and as a cause.</summary>
    public static AdmissionResponse Invalid(AdmissionRequest request, IReadOnlyList<FieldFinding> findings, IReadOnlyList<string> warnings) => new()
    {
        Warnings = warnings.Count > 0 ? warnings : null,
        Status = new V1Status
        {
            Status = "Failure",
            Code = 422,
            Reason = "Invalid",
            Message = string.Join(' ', findings.Select(finding => finding.Message)),
            Details = new V1StatusDetails
            {
                Name = request.Name,
                Group = request.Resource.Group,
                Kind = request.Kind.Kind,

                // kubectl shows the causes alone, each with its field before it.
                Causes = [.. findings.Select(finding => new V1StatusCause { Reason = "FieldValueInvalid", Field = finding.Field, Message = finding.Problem })],
            },
        },
    };

    /// <summary>Not for this user.</summary>
    public static AdmissionResponse Forbidden(string message) => Refuse(403, "Forbidden", message);

    /// <summary>Not now; <c>kubectl drain</c> tries again, as it does where a disruption budget refuses.</summary>
    public static AdmissionResponse NotNow(string message) => Refuse(429, "TooManyRequests", message);

    private static AdmissionResponse Refuse(int code, string reason, string message) =>
        new() { Status = new V1Status { Status = "Failure", Code = code, Reason = reason, Message = message } };
}

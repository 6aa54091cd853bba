using System.Runtime.InteropServices;
using System.Text.Json;
using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>Guards and validates objects of Berth's kinds. References are never followed: the order in which objects are applied must not matter.</summary>
internal sealed class ValidationEndpoint(IEnumerable<IGuardRule> guards) : AdmissionEndpoint
{
    private const int LongestField = 128;

    public override string Path => "/admission/validate";

    protected override async ValueTask<AdmissionResponse> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Resource.Group != BerthApi.Group || !(request.IsCreate || request.IsUpdate))
        {
            return AdmissionAnswers.Allow();
        }

        foreach (var guard in guards)
        {
            if (await guard.RefusalAsync(request, cancellationToken) is { } refusal)
            {
                return AdmissionAnswers.Forbidden(refusal);
            }
        }

        return string.IsNullOrEmpty(request.SubResource) ? Validate(request) : AdmissionAnswers.Allow();
    }

    private static AdmissionResponse Validate(AdmissionRequest request)
    {
        if (!KindValidations.All.TryGetValue(request.Resource.Resource, out var kind) || request.Object is not { ValueKind: JsonValueKind.Object } fresh || IsUnchanged(request))
        {
            return AdmissionAnswers.Allow();
        }

        try
        {
            var verdict = kind.Check(fresh, request.IsUpdate ? request.OldObject : null);
            return verdict.Refusals.Count > 0 ? AdmissionAnswers.Invalid(request, verdict.Refusals, verdict.Warnings) : AdmissionAnswers.Allow(verdict.Warnings);
        }
        catch (JsonException e)
        {
            return AdmissionAnswers.Invalid(request, [FieldFinding.Invalid(FieldOf(e), "cannot be read: it is not of the type that the kind's schema asks for, or nested too deeply.")], []);
        }
    }

    /// <summary>Where reading ended. The keys on the way are the user's own, of whatever length.</summary>
    private static string FieldOf(JsonException exception) => exception.Path?.TrimStart('$', '.') switch
    {
        null or "" => "spec",
        { Length: > LongestField } path => path[..LongestField] + "…",
        var path => path,
    };

    /// <summary>Labels, finalizers and the like can be changed whatever the spec holds, and so can what is being deleted.</summary>
    private static bool IsUnchanged(AdmissionRequest request) =>
        request is { IsUpdate: true, Object: { } fresh, OldObject: { ValueKind: JsonValueKind.Object } old }
        && (AdmittedObject.IsDeleting(fresh) || IsSameText(AdmittedObject.Spec(fresh), AdmittedObject.Spec(old)));

    // The API server writes both, with its keys in order: the same spec is the same text, however deep.
    private static bool IsSameText(JsonElement one, JsonElement other) => JsonMarshal.GetRawUtf8Value(one).SequenceEqual(JsonMarshal.GetRawUtf8Value(other));
}

using System.Text.Json;
using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>Guards and validates objects of Berth's kinds. References are never followed: the order in which objects are applied must not matter.</summary>
internal sealed class ValidationEndpoint(IEnumerable<IGuardRule> guards) : AdmissionEndpoint
{
    public override string Path => "/admission/validate";

    protected override AdmissionResponse Decide(AdmissionRequest request)
    {
        if (request.Resource.Group != BerthApi.Group || !(request.IsCreate || request.IsUpdate))
        {
            return AdmissionAnswers.Allow();
        }

        foreach (var guard in guards)
        {
            if (guard.Refusal(request) is { } refusal)
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
            return verdict.Refusals.Count > 0 ? AdmissionAnswers.Invalid(verdict.Refusals, verdict.Warnings) : AdmissionAnswers.Allow(verdict.Warnings);
        }
        catch (JsonException e)
        {
            var field = e.Path?.TrimStart('$', '.') is { Length: > 0 } path ? path : "spec";
            return AdmissionAnswers.Invalid([FieldFinding.Invalid(field, "is not of the type that the kind's schema asks for.")], []);
        }
    }

    /// <summary>Labels, finalizers and the like can be changed whatever the spec holds, and so can what is being deleted.</summary>
    private static bool IsUnchanged(AdmissionRequest request) =>
        request is { IsUpdate: true, Object: { } fresh, OldObject: { ValueKind: JsonValueKind.Object } old }
        && (AdmittedObject.IsDeleting(fresh) || JsonElement.DeepEquals(AdmittedObject.Spec(fresh), AdmittedObject.Spec(old)));
}

using System.Text;
using System.Text.Json;
using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>Puts the release finalizer on new VMs and volumes, which saves the operator a write for each. It never touches a spec.</summary>
/// <remarks>Nothing relies on it: the operator adds a missing one before it makes a berth, and agents start nothing without it.</remarks>
internal sealed class FinalizerEndpoint : AdmissionEndpoint
{
    private static readonly string[] Held = ["virtualmachines", "storagevolumes"];

    public override string Path => "/admission/finalizer";

    protected override ValueTask<AdmissionResponse> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken) => new(Decide(request));

    private static AdmissionResponse Decide(AdmissionRequest request)
    {
        if (!request.IsCreate || request.Resource.Group != BerthApi.Group || !string.IsNullOrEmpty(request.SubResource) || !Held.Contains(request.Resource.Resource)
            || request.Object is not { ValueKind: JsonValueKind.Object } item || AdmittedObject.At(item, "metadata").ValueKind != JsonValueKind.Object
            || AdmittedObject.HasFinalizer(item, BerthFinalizers.Release))
        {
            return AdmissionAnswers.Allow();
        }

        var hasList = AdmittedObject.At(AdmittedObject.At(item, "metadata"), "finalizers") is { ValueKind: JsonValueKind.Array };
        var patch = hasList
            ? $$"""[{"op":"add","path":"/metadata/finalizers/-","value":"{{BerthFinalizers.Release}}"}]"""
            : $$"""[{"op":"add","path":"/metadata/finalizers","value":["{{BerthFinalizers.Release}}"]}]""";
        return AdmissionAnswers.Allow() with { PatchType = "JSONPatch", Patch = Encoding.UTF8.GetBytes(patch) };
    }
}

using System.Text.Json;
using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>The release finalizer stays while a node has not let go: without it the object would vanish and its domain or file stay.</summary>
internal sealed class FinalizerGuard(BerthAccounts accounts) : IGuardRule
{
    public ValueTask<string?> RefusalAsync(AdmissionRequest request, CancellationToken cancellationToken) => new(Refusal(request));

    private string? Refusal(AdmissionRequest request)
    {
        if (!request.IsUpdate
            || accounts.IsOperator(request.UserInfo)
            || request is not { Object: { ValueKind: JsonValueKind.Object } fresh, OldObject: { ValueKind: JsonValueKind.Object } old }
            || !AdmittedObject.HasFinalizer(old, BerthFinalizers.Release)
            || AdmittedObject.HasFinalizer(fresh, BerthFinalizers.Release)
            || Reason(request.Resource.Resource, old) is not { } reason)
        {
            return null;
        }

        return $"metadata.finalizers: {BerthFinalizers.Release} {reason}";
    }

    /// <summary>Why the finalizer stays; null when nothing needs it.</summary>
    private static string? Reason(string resource, JsonElement item)
    {
        if (resource == "hypervisors")
        {
            return HasRecords(item) ? "stays while status.releases has records: a node that comes back is told by them which guests it may not keep." : null;
        }

        return Holder(resource, item) is { } node
            ? $"stays until node \"{node}\" has let go of the object. Delete the object and wait; where the node is gone for good, say so by the taint node.kubernetes.io/out-of-service on it."
            : null;
    }

    private static bool HasRecords(JsonElement host) =>
        AdmittedObject.At(AdmittedObject.At(host, "status"), "releases") is { ValueKind: JsonValueKind.Array } records && records.GetArrayLength() > 0;

    /// <summary>The node that has the object and has not let go of it; null when there is none.</summary>
    private static string? Holder(string resource, JsonElement item)
    {
        try
        {
            return resource switch
            {
                "virtualmachines" => item.Deserialize(ApiJsonContext.Default.VirtualMachine) is { } machine && !machine.IsReleased() ? machine.BoundNode() : null,
                "storagevolumes" => item.Deserialize(ApiJsonContext.Default.StorageVolume)?.Status is { } status ? Holder(status) : null,
                _ => null,
            };
        }
        catch (JsonException)
        {
            // Unreadable is not released.
            return "unknown";
        }
    }

    private static string? Holder(StorageVolumeStatus status)
    {
        var node = status.Executor is { NodeName: { Length: > 0 } executor } ? executor : status.NodeName;
        var isReleased = status.Executor is { } binding && status.ReleasedEpoch >= binding.Epoch;
        return string.IsNullOrEmpty(node) || isReleased ? null : node;
    }
}

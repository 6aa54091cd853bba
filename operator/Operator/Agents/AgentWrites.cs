using System.Text.Json;
using Berth.Api;
using Berth.Operator.Admission;
using Berth.Operator.StorageVolumes;

namespace Berth.Operator.Agents;

/// <summary>What the agent of a node may write: what belongs to its node, and of that the fields that ARCHITECTURE.md gives to agents. All else is refused.</summary>
internal static class AgentWrites
{
    private static readonly string[] NotForAgents = ["labels", "annotations", "finalizers", "ownerReferences"];

    /// <summary>Why the agent of <paramref name="node"/> may not do this; null when it may.</summary>
    public static string? Refusal(AdmissionRequest request, string node)
    {
        if (request is { IsUpdate: true, OldObject: not { ValueKind: JsonValueKind.Object } } or { Object: not { ValueKind: JsonValueKind.Object } })
        {
            return "There is no object to tell whose it is.";
        }

        try
        {
            return (request.Resource.Resource, request.SubResource ?? "", request.Operation) switch
            {
                ("hypervisors", "", "CREATE") => OfNewHypervisor(request, node),
                ("hypervisors", "status", "UPDATE") => OfHypervisor(request, node),
                ("virtualmachines", "status", "UPDATE") => OfMachine(request, node),
                ("storagevolumes", "status", "UPDATE") => OfVolume(request, node),
                _ => "An agent writes statuses of its node's objects and makes its own Hypervisor; nothing else.",
            };
        }
        catch (JsonException e)
        {
            return $"status{e.Path?.TrimStart('$')}: is not of its kind's shape, so it cannot be told whose the object is.";
        }
    }

    private static string? OfNewHypervisor(AdmissionRequest request, string node)
    {
        var fresh = request.Object ?? default;
        if (NameOf(request, fresh) != node)
        {
            return NotYours("Hypervisor", NameOf(request, fresh), node);
        }

        var metadata = AdmittedObject.At(fresh, "metadata");
        var given = NotForAgents.FirstOrDefault(part => IsGiven(AdmittedObject.At(metadata, part)));
        return given is not null ? $"metadata.{given}: is not for an agent to set."
            : IsGiven(AdmittedObject.Spec(fresh)) ? "spec: says what administrators say, and is not for an agent to set."
            : null;
    }

    private static string? OfHypervisor(AdmissionRequest request, string node)
    {
        var name = NameOf(request, request.OldObject ?? default);
        if (name != node)
        {
            return NotYours("Hypervisor", name, node);
        }

        var (old, fresh) = Statuses(request);
        return AgentFields.Hypervisor.Refusal(old, fresh) ?? OfReleases(AdmittedObject.At(old, "releases"), AdmittedObject.At(fresh, "releases"));
    }

    /// <summary>A record of the operator's is taken out when it has served; none is made or changed.</summary>
    private static string? OfReleases(JsonElement old, JsonElement fresh) =>
        Items(fresh).All(record => Items(old).Any(before => JsonElement.DeepEquals(before, record)))
            ? null
            : "status.releases: records are the operator's; an agent only takes them out.";

    private static string? OfMachine(AdmissionRequest request, string node)
    {
        var (old, fresh) = Statuses(request);
        var machine = new VirtualMachine { Status = old.Deserialize(ApiJsonContext.Default.VirtualMachineStatus) };
        if (!machine.IsHeldBy(node))
        {
            return NotYours("VirtualMachine", NameOf(request, Old(request)), node);
        }

        return AgentFields.VirtualMachine.Refusal(old, fresh) ?? OfRelease(old, fresh, machine.Epoch()) ?? OfNode(old, fresh, node);
    }

    private static string? OfVolume(AdmissionRequest request, string node)
    {
        // The label is the operator's word too, and the only one for a volume that its VM's node has yet to make.
        var (old, fresh) = Statuses(request);
        var volume = new StorageVolume { Status = old.Deserialize(ApiJsonContext.Default.StorageVolumeStatus) };
        if (AdmittedObject.Value(Old(request), "labels", BerthLabels.Node) != node || (VolumeStages.GivenTo(volume) ?? node) != node)
        {
            return NotYours("StorageVolume", NameOf(request, Old(request)), node);
        }

        return AgentFields.StorageVolume.Refusal(old, fresh) ?? OfRelease(old, fresh, volume.Status?.Executor?.Epoch ?? 0) ?? OfNode(old, fresh, node);
    }

    /// <summary>The word of release is for the binding that there is. One for epochs to come would take the object from the nodes that get it later.</summary>
    private static string? OfRelease(JsonElement old, JsonElement fresh, long epoch)
    {
        var word = AdmittedObject.At(fresh, "releasedEpoch");
        return JsonElement.DeepEquals(AdmittedObject.At(old, "releasedEpoch"), word) || (word.ValueKind == JsonValueKind.Number && word.TryGetInt64(out var released) && released == epoch)
            ? null
            : $"status.releasedEpoch: may become {epoch}, the epoch of the binding that there is, and nothing else.";
    }

    private static string? OfNode(JsonElement old, JsonElement fresh, string node)
    {
        var word = AdmittedObject.At(fresh, "nodeName");
        return word.ValueKind == JsonValueKind.Null || JsonElement.DeepEquals(AdmittedObject.At(old, "nodeName"), word) || (word.ValueKind == JsonValueKind.String && word.ValueEquals(node))
            ? null
            : $"status.nodeName: may become \"{node}\", or empty, and nothing else.";
    }

    private static string NotYours(string kind, string name, string node) => $"The {kind} \"{name}\" does not belong to node \"{node}\", which this agent speaks for.";

    private static JsonElement Old(AdmissionRequest request) => request.OldObject ?? default;

    private static (JsonElement Old, JsonElement Fresh) Statuses(AdmissionRequest request) =>
        (AdmittedObject.At(Old(request), "status"), AdmittedObject.At(request.Object ?? default, "status"));

    private static string NameOf(AdmissionRequest request, JsonElement item) =>
        AdmittedObject.At(AdmittedObject.At(item, "metadata"), "name") is { ValueKind: JsonValueKind.String } name ? name.GetString()! : request.Name ?? "";

    private static JsonElement[] Items(JsonElement list) => list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    private static bool IsGiven(JsonElement part) => part.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => false,
        JsonValueKind.Object => part.EnumerateObject().Any(),
        JsonValueKind.Array => part.GetArrayLength() > 0,
        _ => true,
    };
}

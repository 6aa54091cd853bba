using System.Text.Json.Nodes;

namespace Berth.NodeStandin;

/// <summary>What a kubelet needs to know of a pod that is bound to its node.</summary>
internal sealed record BoundPod(
    string Namespace, string Name, string Uid, string NodeName, string Phase, bool IsDeleting, bool HostNetwork, IReadOnlyList<(string Name, string Image)> Containers)
{
    public string Path => $"/api/v1/namespaces/{Namespace}/pods/{Name}";

    public bool HasNotRun => Phase is "" or "Pending";

    public static BoundPod From(JsonNode pod)
    {
        var metadata = pod["metadata"]!;
        var spec = pod["spec"]!;
        return new BoundPod(
            (string)metadata["namespace"]!,
            (string)metadata["name"]!,
            (string)metadata["uid"]!,
            (string?)spec["nodeName"] ?? "",
            (string?)pod["status"]?["phase"] ?? "",
            metadata["deletionTimestamp"] is not null,
            (bool?)spec["hostNetwork"] ?? false,
            [.. spec["containers"]!.AsArray().Select(container => ((string)container!["name"]!, (string)container["image"]!))]);
    }
}

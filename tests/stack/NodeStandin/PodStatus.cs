using System.Globalization;
using System.Text.Json.Nodes;

namespace Berth.NodeStandin;

/// <summary>The statuses that a kubelet writes for a pod, as patches.</summary>
internal static class PodStatus
{
    private static readonly string[] TrueWhenRunning = ["Initialized", "Ready", "ContainersReady"];

    private static readonly string[] FalseWhenEnded = ["Ready", "ContainersReady"];

    public static JsonObject Running(BoundPod pod, StandinNode node, string podIP, DateTimeOffset now) => Patch(pod, new JsonObject
    {
        ["phase"] = "Running",
        ["hostIP"] = node.Address,
        ["podIP"] = podIP,
        ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = podIP }),
        ["startTime"] = Text(now),
        ["conditions"] = new JsonArray([.. TrueWhenRunning.Select(type => (JsonNode)new JsonObject
        {
            ["type"] = type,
            ["status"] = "True",
            ["lastTransitionTime"] = Text(now),
        })]),
        ["containerStatuses"] = new JsonArray([.. pod.Containers.Select(container => (JsonNode)new JsonObject
        {
            ["name"] = container.Name,
            ["image"] = container.Image,
            ["imageID"] = container.Image,
            ["containerID"] = $"standin://{pod.Uid}/{container.Name}",
            ["ready"] = true,
            ["started"] = true,
            ["restartCount"] = 0,
            ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Text(now) } },
        })]),
    });

    public static JsonObject Failed(BoundPod pod, string reason, string message, DateTimeOffset now)
    {
        var status = new JsonObject { ["phase"] = "Failed", ["reason"] = reason, ["message"] = message };
        if (pod.HasNotRun)
        {
            status["startTime"] = Text(now);
            return Patch(pod, status);
        }

        status["conditions"] = new JsonArray([.. FalseWhenEnded.Select(type => (JsonNode)new JsonObject
        {
            ["type"] = type,
            ["status"] = "False",
            ["reason"] = "PodFailed",
            ["lastTransitionTime"] = Text(now),
        })]);
        status["containerStatuses"] = new JsonArray([.. pod.Containers.Select(container => (JsonNode)new JsonObject
        {
            ["name"] = container.Name,
            ["ready"] = false,
            ["started"] = false,
            ["state"] = new JsonObject
            {
                ["running"] = null,
                ["terminated"] = new JsonObject { ["exitCode"] = 137, ["reason"] = "Error", ["finishedAt"] = Text(now) },
            },
        })]);
        return Patch(pod, status);
    }

    // The uid is a precondition: another pod of that name is not meant.
    private static JsonObject Patch(BoundPod pod, JsonObject status) => new()
    {
        ["metadata"] = new JsonObject { ["uid"] = pod.Uid },
        ["status"] = status,
    };

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}

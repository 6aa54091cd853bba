using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Berth.NodeStandin;

/// <summary>Registers the nodes and keeps them Ready: a Lease each few seconds, the status when it is new or the host has booted again.</summary>
internal sealed class NodeHeartbeats(ApiServer api, NodeOptions options, TimeProvider time)
{
    private static readonly string[] ConditionTypes = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"];

    private static readonly TimeSpan AfterLate = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, StandinNode> _nodes = new();

    // The boot id for which a node's status was last written; absent while the node is dead, so that resuming writes it again.
    private readonly ConcurrentDictionary<string, string> _reported = new();

    // When a node's Lease was last renewed, and until when its status is written at each heartbeat since it was late.
    private readonly ConcurrentDictionary<string, (long Renewed, long SaysMoreUntil)> _beats = new();

    public StandinNode? Find(string name) => _nodes.GetValueOrDefault(name);

    public IEnumerable<StandinNode> All => _nodes.Values;

    public async Task RegisterAsync(StandinNode node, CancellationToken cancellationToken)
    {
        await api.CreateAsync("/api/v1/nodes", NodeDocument(node), cancellationToken);
        _reported.TryRemove(node.Name, out _);
        _nodes[node.Name] = node;
        await BeatAsync(node, cancellationToken);
    }

    public async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        if (_nodes.TryRemove(name, out _))
        {
            await api.DeleteAsync($"/api/v1/nodes/{name}", new JsonObject(), cancellationToken);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Heartbeat, time);
        do
        {
            await Parallel.ForEachAsync(_nodes.Values, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken },
                async (node, token) => await Attempt.OnceAsync($"heartbeat of {node.Name}", () => BeatAsync(node, token), token));
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>One heartbeat at once, as after a node was told to live again.</summary>
    public async Task BeatAsync(StandinNode node, CancellationToken cancellationToken)
    {
        if (node.IsDead)
        {
            _reported.TryRemove(node.Name, out _);
            return;
        }

        await RenewLeaseAsync(node, cancellationToken);
        var bootId = node.BootId;
        if ((WasLate(node.Name) || _reported.GetValueOrDefault(node.Name) != bootId)
            && await api.PatchAsync($"/api/v1/nodes/{node.Name}/status", new JsonObject { ["status"] = Status(node, bootId) }, cancellationToken))
        {
            _reported[node.Name] = bootId;
        }
    }

    // After an outage of the API server, say. The node's controller takes a late node for unknown, perhaps only some time after it
    // is heard again, and nothing but its kubelet's status makes it Ready again.
    private bool WasLate(string name)
    {
        var (now, before) = (time.GetTimestamp(), _beats.GetValueOrDefault(name));
        var isLate = before.Renewed != 0 && time.GetElapsedTime(before.Renewed, now) > options.Heartbeat * 2;
        var until = isLate ? now + (long)(AfterLate.TotalSeconds * time.TimestampFrequency) : before.SaysMoreUntil;
        _beats[name] = (now, until);
        return now < until;
    }

    private async Task RenewLeaseAsync(StandinNode node, CancellationToken cancellationToken)
    {
        const string leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        var spec = new JsonObject
        {
            ["holderIdentity"] = node.Name,
            ["leaseDurationSeconds"] = 40,
            ["renewTime"] = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        };
        if (!await api.PatchAsync($"{leases}/{node.Name}", new JsonObject { ["spec"] = spec.DeepClone() }, cancellationToken))
        {
            await api.CreateAsync(leases, new JsonObject
            {
                ["apiVersion"] = "coordination.k8s.io/v1",
                ["kind"] = "Lease",
                ["metadata"] = new JsonObject { ["name"] = node.Name },
                ["spec"] = spec,
            }, cancellationToken);
        }
    }

    private static JsonObject NodeDocument(StandinNode node) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Node",
        ["metadata"] = new JsonObject
        {
            ["name"] = node.Name,
            ["labels"] = new JsonObject
            {
                ["berth.dev/host"] = "true",
                ["kubernetes.io/hostname"] = node.Name,
                ["kubernetes.io/os"] = "linux",
                ["kubernetes.io/arch"] = "amd64",
            },
        },
    };

    private JsonObject Status(StandinNode node, string bootId)
    {
        var capacity = new JsonObject
        {
            ["cpu"] = options.Cpus,
            ["memory"] = options.Memory,
            ["pods"] = options.Pods,
            ["ephemeral-storage"] = "100Gi",
        };
        return new JsonObject
        {
            ["capacity"] = capacity,
            ["allocatable"] = capacity.DeepClone(),
            ["addresses"] = new JsonArray(Address("InternalIP", node.Address), Address("Hostname", node.Name)),
            ["conditions"] = Conditions(),
            ["nodeInfo"] = new JsonObject
            {
                ["machineID"] = node.Name,
                ["systemUUID"] = node.Name,
                ["bootID"] = bootId,
                ["kernelVersion"] = Environment.OSVersion.Version.ToString(),
                ["osImage"] = "node-standin",
                ["containerRuntimeVersion"] = "standin://1",
                ["kubeletVersion"] = "v1.20.2",
                ["kubeProxyVersion"] = "v1.20.2",
                ["operatingSystem"] = "linux",
                ["architecture"] = "amd64",
            },
        };
    }

    private JsonArray Conditions()
    {
        var now = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return new JsonArray([.. ConditionTypes.Select(type => (JsonNode)new JsonObject
        {
            ["type"] = type,
            ["status"] = type == "Ready" ? "True" : "False",
            ["reason"] = type == "Ready" ? "KubeletReady" : "KubeletHasSufficient",
            ["message"] = "node-standin plays this kubelet",
            ["lastHeartbeatTime"] = now,
            ["lastTransitionTime"] = now,
        })]);
    }

    private static JsonObject Address(string type, string address) => new() { ["type"] = type, ["address"] = address };
}

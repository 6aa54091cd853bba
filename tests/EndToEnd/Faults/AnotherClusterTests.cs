namespace Berth.EndToEnd.Tests;

/// <summary>A node's agent is pointed at another cluster, and back: what belongs to the one is not touched for the other.</summary>
[Collection(nameof(Faults))]
public sealed class AnotherClusterTests(Stack stack) : EndToEndTest(stack)
{
    private const string Marker = "/var/lib/berth/pools/default/.berth-pool.json";

    [Fact]
    [Trait("Category", "Long")]
    public async Task An_agent_of_another_cluster_touches_no_domain_and_no_pool_of_this_one()
    {
        await ApplyAsync(Manifests.DiskMachine("steady", Stack.Images.Idle, Manifests.OnNode("node-1")));
        var guest = await SteadyGuest.FollowAsync(Machine("steady"), Cancellation);
        var node = guest.Node;
        var (marker, files) = (await File.ReadAllTextAsync(node.Path(Marker), Cancellation), node.Files("/var/lib/berth/pools/default"));

        await using var other = await SecondCluster.StartAsync(Stack, Cancellation);
        await FurnishAsync(other);
        try
        {
            await PointAgentAsync(node, other);
            var host = await Eventually.SeesAsync(
                "the other cluster to see a domain that is not its own", token => other.Kubectl.FindAsync("hv", node.Name, null, token),
                item => item?.At("status.unmanaged")?.ToJsonString().Contains(guest.Uid, StringComparison.Ordinal) == true && item.At("status.pools.0") is not null,
                Eventually.Soon, Cancellation);
            Assert.Null(host!.At("status.orphans"));
            Assert.Equal(("default", "false"), (host.Text("status.pools.0.name"), host.Text("status.pools.0.available")));
            await AVmOfTheSameNameWaitsAsync(other, node, guest);
            await guest.RunsOnAsync(Cancellation);
        }
        finally
        {
            Stack.Processes.Kill(node.AgentProcess);
            await Stack.StartWhatDiedAsync(CancellationToken.None);
        }

        await guest.Machine.BecomesReadyAsync("Running", Cancellation);
        await guest.RunsOnAsync(Cancellation);
        Assert.Equal(marker, await File.ReadAllTextAsync(node.Path(Marker), Cancellation));
        Assert.Equal(files.Order(StringComparer.Ordinal), node.Files("/var/lib/berth/pools/default").Order(StringComparer.Ordinal));
        await Eventually.SeesAsync(
            "the node to be well again", token => Kubectl.GetAsync("hv", node.Name, null, token),
            item => item.IsTrue("Ready") && item.Text("status.pools.0.available") == "true" && item.At("status.orphans") is null, Eventually.Soon, Cancellation);
    }

    /// <summary>The same kinds, and a pool of the same name in the same folder.</summary>
    private async Task FurnishAsync(SecondCluster other)
    {
        var config = Checkout.PathOf("config");
        await other.Kubectl.MustAsync(Cancellation, "apply", "-f", Path.Combine(config, "rbac", "namespace.yaml"), "-f", Path.Combine(config, "crd"));
        await other.Kubectl.MustAsync(Cancellation, "wait", "--for=condition=Established", "-f", Path.Combine(config, "crd"), "--timeout=30s");
        await other.Kubectl.MustAsync(Cancellation, "apply", "-f", Path.Combine(config, "samples", "00-pool-and-network.yaml"));
        await other.Kubectl.MustAsync(Cancellation, "create", "namespace", Namespace);
    }

    private async Task PointAgentAsync(StackNode node, SecondCluster other)
    {
        var arguments = StackProcesses.CommandLine(Stack.Processes.Pid(node.AgentProcess))!.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        arguments[Array.IndexOf(arguments, "--kubeconfig") + 1] = other.Kubeconfig;
        Stack.Processes.Kill(node.AgentProcess);
        await Eventually.SeesAsync("the agent to end", _ => Task.FromResult(Stack.Processes.Dead()), dead => dead.Contains(node.AgentProcess), Eventually.Soon, Cancellation);
        await Stack.RunScriptAsync("in-host.sh", [node.AgentProcess, node.Name, .. arguments], Cancellation);
        await Stack.BecomesReadyAsync(node, Cancellation);
    }

    /// <summary>Bound to the node as the other cluster's operator would bind it, under a name that a domain bears already.</summary>
    private async Task AVmOfTheSameNameWaitsAsync(SecondCluster other, StackNode node, SteadyGuest guest)
    {
        var name = guest.Machine.Name;
        (await other.Kubectl.RunAsync(Manifests.Machine(name, "memory: {size: 64Mi}"), Cancellation, "apply", "-n", Namespace, "-f", "-")).MustSucceed();
        await other.Kubectl.PatchAsync(
            "vm", name, Namespace, $$"""{"metadata":{"labels":{"berth.dev/node":"{{node.Name}}"},"finalizers":["berth.dev/release"]} }""", Cancellation);
        var made = await other.Kubectl.GetAsync("vm", name, Namespace, Cancellation);
        var status = made.Root.DeepClone();
        status["status"] = new System.Text.Json.Nodes.JsonObject { ["binding"] = new System.Text.Json.Nodes.JsonObject { ["nodeName"] = node.Name, ["epoch"] = 1 } };
        (await other.Kubectl.RunAsync(
            status.ToJsonString(), Cancellation, "replace", "--raw", $"/apis/berth.dev/v1alpha1/namespaces/{Namespace}/virtualmachines/{name}/status", "-f", "-")).MustSucceed();
        var taken = await Eventually.SeesAsync(
            "the other cluster's VM to stall", token => other.Kubectl.GetAsync("vm", name, Namespace, token), item => item.Reason("Stalled") == "DomainNameTaken", Eventually.Soon, Cancellation);
        Assert.Contains(guest.Uid, taken.Message("Stalled"), StringComparison.Ordinal);
    }
}

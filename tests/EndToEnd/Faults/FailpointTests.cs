namespace Berth.EndToEnd.Tests;

/// <summary>The agent is killed before and after each thing that it does to start, stop and delete a VM. Which these are is recorded, not listed.</summary>
[Collection(nameof(Faults))]
public sealed class FailpointTests(Stack stack) : FaultTest(stack)
{
    private StackNode Node => Stack.Nodes[0];

    [Fact]
    public async Task A_start_survives_the_agents_death_around_the_domain()
    {
        await using var agent = await FailpointAgent.ReplaceAsync(Stack, Node, Cancellation);
        var points = (await RecordAsync(agent)).Start.Where(point => point.StartsWith("domains.Start:", StringComparison.Ordinal)).ToList();
        Assert.Contains("domains.Start:after", points);
        await KillAtEachAsync(points, (point, name) => DieWhileStartingAsync(agent, point, name));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_start_survives_the_agents_death_at_every_point()
    {
        await using var agent = await FailpointAgent.ReplaceAsync(Stack, Node, Cancellation);
        await KillAtEachAsync((await RecordAsync(agent)).Start, (point, name) => DieWhileStartingAsync(agent, point, name));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_stop_survives_the_agents_death_at_every_point()
    {
        await using var agent = await FailpointAgent.ReplaceAsync(Stack, Node, Cancellation);
        await KillAtEachAsync((await RecordAsync(agent)).Stop, (point, name) => DieWhileStoppingAsync(agent, point, name));
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_deletion_survives_the_agents_death_at_every_point()
    {
        await using var agent = await FailpointAgent.ReplaceAsync(Stack, Node, Cancellation);
        await KillAtEachAsync((await RecordAsync(agent)).Delete, (point, name) => DieWhileDeletingAsync(agent, point, name));
    }

    /// <summary>The points that one VM's start, stop and deletion pass through.</summary>
    private async Task<(IReadOnlyList<string> Start, IReadOnlyList<string> Stop, IReadOnlyList<string> Delete)> RecordAsync(FailpointAgent agent)
    {
        // A first one fetches the image: that is no part of a start.
        await FollowedAsync("first");
        agent.Clear();
        var recorded = await FollowedAsync("recorded");
        var start = await agent.PointsAsync(Cancellation);
        agent.Clear();
        await recorded.Machine.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await recorded.Machine.BecomesReadyAsync("Stopped", Cancellation);
        var stop = await agent.PointsAsync(Cancellation);

        // Another one, which runs for the first time: an Event that repeats an earlier one is sent in another way.
        var deleted = await FollowedAsync("deleted");
        await agent.PointsAsync(Cancellation);
        agent.Clear();
        await deleted.Machine.DeleteAsync(Cancellation);
        var delete = await agent.PointsAsync(Cancellation);
        TestContext.Current.SendDiagnosticMessage("start: {0}\nstop: {1}\ndelete: {2}", string.Join(' ', start), string.Join(' ', stop), string.Join(' ', delete));

        // What must be among them whatever else is: else the recording has missed something.
        Assert.Superset(Around("domains.Define", "domains.Start", "virtualmachines/status.MergePatch", "volumes.Create", "storagevolumes/status.MergePatch"), start.ToHashSet());
        Assert.Superset(Around("domains.Shutdown", "domains.Destroy", "domains.Undefine", "virtualmachines/status.MergePatch"), stop.ToHashSet());
        Assert.Superset(Around("domains.Destroy", "domains.Undefine", "virtualmachines/status.MergePatch", "storagevolumes/status.MergePatch"), delete.ToHashSet());
        return (start, stop, delete);
    }

    private static HashSet<string> Around(params string[] calls) => [.. calls.SelectMany(call => (string[])[$"{call}:before", $"{call}:after"])];

    private static async Task KillAtEachAsync(IReadOnlyList<string> points, Func<string, string, Task> killAt)
    {
        for (var number = 0; number < points.Count; number++)
        {
            try
            {
                await killAt(points[number], $"point-{number:D2}");
            }
            catch (Exception failure) when (!Cancellation.IsCancellationRequested)
            {
                throw new InvalidOperationException($"killed at {points[number]}: {failure.Message}", failure);
            }
        }
    }

    private async Task DieWhileStartingAsync(FailpointAgent agent, string point, string name)
    {
        agent.Arm(point);
        await ApplyAsync(Manifest(name));
        await agent.DiesAsync(Cancellation);
        var uid = (await Machine(name).GetAsync(Cancellation)).Uid;
        var atDeath = StackNode.QemuProcess(uid);
        await agent.StartAsync(Cancellation);

        var steady = await SteadyGuest.FollowAsync(Machine(name), Cancellation);
        Assert.True(atDeath.Pid == 0 || atDeath == steady.Guest.Qemu, "a guest that ran when the agent died is the one that runs now");
        await steady.RunsOnAsync(Cancellation);
        Assert.Single(await Node.DomainsAsync(Cancellation), uid);
        Assert.Single(await Machine(name).BerthsAsync(Cancellation));
        Assert.Empty(Drafts());
    }

    private async Task DieWhileStoppingAsync(FailpointAgent agent, string point, string name)
    {
        var steady = await FollowedAsync(name);
        agent.Arm(point);
        await steady.Machine.PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await agent.DiesAsync(Cancellation);
        await agent.StartAsync(Cancellation);

        await steady.Machine.BecomesReadyAsync("Stopped", Cancellation);
        Assert.DoesNotContain(steady.Uid, await Node.DomainsAsync(Cancellation));
        await Eventually.SeesAsync("the berth to go", steady.Machine.BerthsAsync, berths => berths.Count == 0, Eventually.Soon, Cancellation);

        // Its disk is the one that has counted the first boot.
        await steady.Machine.PatchSpecAsync("""{"powerState":"Running"}""", Cancellation);
        await (await SteadyGuest.FollowAsync(steady.Machine, Cancellation, boots: 2)).RunsOnAsync(Cancellation);
    }

    private async Task DieWhileDeletingAsync(FailpointAgent agent, string point, string name)
    {
        var steady = await FollowedAsync(name);
        agent.Arm(point);
        await Kubectl.DeleteAsync("vm", name, Namespace, Cancellation);
        await agent.DiesAsync(Cancellation);
        await agent.StartAsync(Cancellation);

        await Eventually.SeesAsync("all of the VM to go", token => LeftOfAsync(name, token), left => left.Count == 0, Eventually.Soon, Cancellation, left => string.Join('\n', left));
        Assert.DoesNotContain(steady.Uid, await Node.DomainsAsync(Cancellation));
        Assert.DoesNotContain(RemainingFiles(steady.Uid), file => file.Contains(name, StringComparison.Ordinal) || file.Contains(steady.Uid, StringComparison.Ordinal));
        Assert.Empty(Drafts());
    }

    private async Task<SteadyGuest> FollowedAsync(string name)
    {
        await ApplyAsync(Manifest(name));
        return await SteadyGuest.FollowAsync(Machine(name), Cancellation);
    }

    private async Task<IReadOnlyList<string>> LeftOfAsync(string name, CancellationToken cancellationToken) =>
        [.. (await RemainingObjectsAsync(cancellationToken)).Where(item => item.Contains(name, StringComparison.Ordinal))];

    private IEnumerable<string> Drafts() => Node.Files("/var/lib/berth/pools/default").Where(file => file.StartsWith(".volume-", StringComparison.Ordinal));

    // A guest that is deaf to its power button, and a second to hear it: a stop asks first and switches off then. With a seed.
    private string Manifest(string name) =>
        Manifests.DiskMachine(name, Stack.Images.Idle, $"{OnNode(Node)}\ncloudInit: {{userData: \"#cloud-config\"}}", grace: 1);
}

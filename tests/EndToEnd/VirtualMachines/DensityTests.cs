namespace Berth.EndToEnd.Tests;

/// <summary>Many VMs at once on one node.</summary>
[Collection(nameof(Alone))]
public sealed class DensityTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public Task A_dozen_VMs_applied_at_once_run_and_deleted_at_once_leave_nothing() => AllAtOnceAsync(12);

    [Fact]
    [Trait("Category", "Long")]
    public Task Fifty_VMs_applied_at_once_run_and_deleted_at_once_leave_nothing() => AllAtOnceAsync(50);

    private async Task AllAtOnceAsync(int count)
    {
        var manifest = string.Join("---\n", Enumerable.Range(1, count).Select(number =>
            Manifests.DiskMachine($"vm-{number}", Stack.Images.Idle, Manifests.OnNode("node-1"), memory: "32Mi")));
        await ApplyAsync(manifest);
        var machines = await Eventually.SeesAsync(
            $"{count} Ready VMs",
            token => Kubectl.ListAsync("vm", Namespace, token),
            items => items.Count == count && items.All(machine => machine.IsReady && machine.Text("status.state") == "Running"),
            TimeSpan.FromMinutes(5),
            Cancellation,
            items => string.Join('\n', items.Where(machine => !machine.IsReady).Select(machine => $"{machine.Name} {machine.Text("status.state")} {machine.Reason("Ready")}: {machine.Message("Ready")}")));
        string[] uids = [.. machines.Select(machine => machine.Uid)];
        Assert.Empty(uids.Except(await Stack.Node("node-1").RunningDomainsAsync(Cancellation)));

        await Kubectl.DeleteAllAsync("vm", Namespace, Cancellation);
        await Eventually.SeesAsync(
            "no VM, volume, pod or Lease", RemainingObjectsAsync, items => items.Count == 0, TimeSpan.FromMinutes(3), Cancellation, items => string.Join('\n', items));
        Assert.Empty(uids.Intersect(await Stack.Node("node-1").DomainsAsync(Cancellation)));
        Assert.Empty(RemainingFiles(uids));
        var volumes = await Stack.Node("node-1").MustVirshAsync(Cancellation, "vol-list", "berth-default");
        Assert.DoesNotContain($"{Namespace}.", volumes, StringComparison.Ordinal);
        var leases = await Kubectl.ListAsync("leases", "berth-system", Cancellation);
        Assert.DoesNotContain(leases, lease => lease.Name.Contains("vm-", StringComparison.Ordinal));
    }
}

using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>Where VMs run, and what keeps them there.</summary>
public sealed class PlacementTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task VMs_run_on_the_node_that_they_select()
    {
        await ApplyAsync(On("left", "node-1") + "---\n" + On("right", "node-2"));
        foreach (var (name, node) in ((string, string)[])[("left", "node-1"), ("right", "node-2")])
        {
            var machine = await Machine(name).BecomesReadyAsync("Running", Cancellation);
            Assert.Equal(node, machine.Text("status.nodeName"));
            Assert.Contains(machine.Uid, await Stack.Node(node).RunningDomainsAsync(Cancellation));
        }
    }

    [Fact]
    public async Task A_VM_comes_back_to_the_node_that_has_its_volume()
    {
        await ApplyAsync(On("settled", "node-1"));
        var settled = Machine("settled");
        await settled.BecomesReadyAsync("Running", Cancellation);
        // Ready does not wait for the guest: only once it has counted its first boot is there something to come back to.
        await settled.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        // Free to go anywhere from now on, and another VM makes node-1 the less attractive one.
        await settled.PatchSpecAsync("""{"placement":null,"powerState":"Stopped"}""", Cancellation);
        await settled.BecomesReadyAsync("Stopped", Cancellation);
        await ApplyAsync(Manifests.DiskMachine("ballast", Stack.Images.Idle, Manifests.OnNode("node-1"), memory: "1Gi"));
        await Machine("ballast").BecomesReadyAsync("Running", Cancellation);

        await settled.PatchSpecAsync("""{"powerState":"Running"}""", Cancellation);
        var back = await settled.BecomesReadyAsync("Running", Cancellation);
        Assert.Equal("node-1", back.Text("status.nodeName"));
        await settled.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 2), Cancellation);
        Assert.True((int)back.At("status.binding.epoch")! >= 2, "each binding has an epoch of its own");
    }

    [Fact]
    public async Task A_VM_that_fits_nowhere_says_what_the_scheduler_says()
    {
        await ApplyAsync(Manifests.DiskMachine("homeless", Stack.Images.Idle, Manifests.OnNode("node-99")));
        var homeless = await Machine("homeless").BecomesAsync("to be unschedulable", machine => machine.Reason("Scheduled") == "Unschedulable", Cancellation);
        Assert.Contains("nodes are available", homeless.Message("Scheduled"), StringComparison.Ordinal);
        Assert.Equal(KStatus.InProgress, homeless.KStatus());
    }

    [Fact]
    public async Task The_eviction_of_a_berth_is_refused_while_its_guest_runs()
    {
        await ApplyAsync(Manifests.DiskMachine("protected", Stack.Images.Idle));
        var running = await Machine("protected").BecomesReadyAsync("Running", Cancellation);
        var berth = await Machine("protected").BerthAsync(Cancellation);
        await Eventually.SeesAsync(
            "a budget that allows no disruption",
            token => Kubectl.ListAsync("pdb", Namespace, token),
            budgets => budgets.Count == 1 && budgets[0].Text("status.disruptionsAllowed") == "0" && budgets[0].Text("status.observedGeneration") is not null,
            Eventually.Soon,
            Cancellation);

        var version = (await Kubectl.MustAsync(Cancellation, "api-versions")).Split('\n').Contains("policy/v1") ? "v1" : "v1beta1";
        var eviction = new JsonObject
        {
            ["apiVersion"] = $"policy/{version}",
            ["kind"] = "Eviction",
            ["metadata"] = new JsonObject { ["name"] = berth.Name, ["namespace"] = Namespace },
        };
        var refused = await Kubectl.RunAsync(
            eviction.ToJsonString(), Cancellation, "create", "--raw", $"/api/v1/namespaces/{Namespace}/pods/{berth.Name}/eviction", "-f", "-");
        Assert.False(refused.Succeeded, refused.ToString());
        Assert.Contains("VirtualMachine \"protected\" (spec.evictionStrategy LiveMigrateIfPossible)", refused.Error, StringComparison.Ordinal);
        Assert.Equal(berth.Uid, (await Machine("protected").BerthAsync(Cancellation)).Uid);
        Assert.Contains(running.Uid, await Machine("protected").NodeOf(running).RunningDomainsAsync(Cancellation));
    }

    private string On(string name, string node) => Manifests.DiskMachine(name, Stack.Images.Idle, Manifests.OnNode(node));
}

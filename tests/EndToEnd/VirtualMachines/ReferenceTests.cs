namespace Berth.EndToEnd.Tests;

/// <summary>VMs that name what is not there, or ask for what is not carried out.</summary>
public sealed class ReferenceTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task A_missing_image_is_waited_for_then_stalls_and_clears_when_it_appears()
    {
        var image = ClusterScoped("image", "late");
        await ApplyAsync(Manifests.DiskMachine("waiting", image));
        var waiting = Machine("waiting");
        await waiting.BecomesAsync("to be Reconciling", machine => machine.IsTrue("Reconciling"), Cancellation);
        var stalled = await waiting.StallsAsync("ReferenceNotFound", Cancellation);
        Assert.Contains(image, stalled.Message("Stalled"), StringComparison.Ordinal);

        await ApplyAsync(Manifests.Image(image, "disk", Stack.ImageServer.Serve(image, Guests.Idle), Guests.Checksum(Guests.Idle)));
        var ready = await waiting.BecomesReadyAsync("Running", Cancellation);
        Assert.Null(ready.Condition("Stalled"));
        Assert.Null(ready.Condition("Reconciling"));
    }

    [Fact]
    public async Task A_missing_volume_is_waited_for_then_stalls_and_clears_when_it_appears()
    {
        await ApplyAsync(Manifests.Machine("waiting",
            """
            memory: {size: 64Mi}
            terminationGracePeriodSeconds: 0
            disks: [{name: root, volume: {name: late}}]
            """));
        var stalled = await Machine("waiting").StallsAsync("ReferenceNotFound", Cancellation);
        Assert.Contains("late", stalled.Message("Stalled"), StringComparison.Ordinal);
        await ApplyAsync(Manifests.Volume("late", $"{{source: {{image: {Stack.Images.Idle}}}}}"));
        await Machine("waiting").BecomesReadyAsync("Running", Cancellation);
    }

    [Fact]
    public async Task A_missing_network_is_waited_for_then_stalls_and_clears_when_it_appears()
    {
        var network = ClusterScoped("vnet", "late");
        await ApplyAsync(Manifests.DiskMachine("waiting", Stack.Images.Idle, $"interfaces: [{{name: lan, network: {network}}}]"));
        var stalled = await Machine("waiting").StallsAsync("ReferenceNotFound", Cancellation);
        Assert.Contains(network, stalled.Message("Stalled"), StringComparison.Ordinal);
        await ApplyAsync(
            $$$"""
              apiVersion: berth.dev/v1alpha1
              kind: VirtualNetwork
              metadata: {name: {{{network}}}}
              spec: {mode: nat, subnet: 192.168.151.0/24, dhcp: {start: 192.168.151.10, end: 192.168.151.50}}
              """);
        await Machine("waiting").BecomesReadyAsync("Running", Cancellation);
        await Machine("waiting").DeleteAsync(Cancellation);
    }

    [Fact]
    public async Task An_unsupported_field_stalls_with_its_name_and_clears_when_it_is_taken_out()
    {
        await ApplyAsync(Manifests.DiskMachine("asking", Stack.Images.Idle, "firmware: {tpm: true}"));
        var stalled = await Machine("asking").StallsAsync("NotSupported", Cancellation);
        Assert.Contains("spec.firmware.tpm", stalled.Message("Stalled"), StringComparison.Ordinal);
        Assert.Equal(KStatus.Failed, stalled.KStatus());
        Assert.Empty(await Machine("asking").BerthsAsync(Cancellation));

        await Machine("asking").PatchSpecAsync("""{"firmware":null}""", Cancellation);
        await Machine("asking").BecomesReadyAsync("Running", Cancellation);
    }

    [Fact]
    public async Task Each_stall_is_told_of_by_one_event_that_counts()
    {
        await ApplyAsync(Manifests.DiskMachine("asking", Stack.Images.Idle, "firmware: {tpm: true}"));
        await Machine("asking").StallsAsync("NotSupported", Cancellation);
        await StallIsToldOfAsync(1);

        await Machine("asking").PatchSpecAsync("""{"powerState":"Stopped"}""", Cancellation);
        await Machine("asking").BecomesAsync("to be stopped", machine => machine.IsReady, Cancellation);
        await Machine("asking").PatchSpecAsync("""{"powerState":"Running"}""", Cancellation);
        await StallIsToldOfAsync(2);
    }

    private async Task StallIsToldOfAsync(int times) => await Eventually.SeesAsync(
        $"one event of the operator's, counted to {times}",
        token => Kubectl.ListAsync("events", Namespace, token, "--field-selector", "involvedObject.name=asking,type=Warning"),
        events => events.Select(told => (told.Text("source.component"), told.Text("reason"), told.Text("count"), told.Text("message")!.Contains("spec.firmware.tpm", StringComparison.Ordinal)))
            .SequenceEqual([("berth-operator", "NotSupported", $"{times}", true)]),
        Eventually.Soon,
        Cancellation);
}

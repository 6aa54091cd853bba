namespace Berth.EndToEnd.Tests;

/// <summary>The berth's life on a real kubelet.</summary>
[Collection(nameof(RealNode))]
public sealed class BerthLifeTests(Stack stack) : RealNodeTest(stack)
{
    [Fact]
    public async Task A_berth_runs_with_what_its_VM_takes_and_QEMU_is_not_in_it()
    {
        var steady = await SteadyAsync();
        var berth = steady.Berth;

        // Guest 64 MiB, overhead for one vCPU and one disk as in docs/berth-size.md: 64 + 32 + 8 + 8 MiB and the page tables, rounded up.
        Assert.Equal("177Mi", berth.Text("spec.containers.0.resources.requests.memory"));
        Assert.Equal("177Mi", berth.Text("spec.containers.0.resources.limits.memory"));
        Assert.Equal("100m", berth.Text("spec.containers.0.resources.requests.cpu"));
        Assert.Equal("Burstable", berth.Text("status.qosClass"));
        Assert.Equal("0", berth.Text("status.containerStatuses.0.restartCount"));

        var cgroups = await File.ReadAllTextAsync($"/proc/{steady.Guest.Qemu.Pid}/cgroup", Cancellation);
        Assert.DoesNotContain("kubepods", cgroups, StringComparison.Ordinal);
        Assert.Contains("/berth.partition/", cgroups, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_berth_comes_back_on_the_same_node()
    {
        var steady = await SteadyAsync();
        Stack.Processes.Freeze("kube-scheduler"); // so that the time without a place lasts until it has been seen
        try
        {
            await Kubectl.DeleteAsync("pod", steady.Berth.Name, Namespace, Cancellation);
            await steady.LosesPlaceAsync(Cancellation);
            await steady.IsUntouchedAsync(Cancellation);
        }
        finally
        {
            Stack.Processes.Thaw("kube-scheduler");
        }

        var regained = await RunsAsync(steady.Machine, after: steady.Berth);
        Assert.Equal(Node.Name, regained.Text("spec.nodeName"));
        await steady.IsWellAsync(Cancellation);
    }

    [Fact]
    public async Task A_drain_is_refused_with_the_name_of_the_VM()
    {
        var steady = await SteadyAsync();
        try
        {
            var drain = await Kubectl.RunAsync(Cancellation, "drain", Node.Name, "--pod-selector=berth.dev/vm", "--timeout=7s");
            Assert.False(drain.Succeeded, drain.ToString());
            Assert.Contains("holds the place of VirtualMachine \"steady\"", drain.ToString(), StringComparison.Ordinal);
            Assert.Contains("timeout", drain.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            await Kubectl.RunAsync(CancellationToken.None, "uncordon", Node.Name);
        }

        Assert.Equal(steady.Berth.Uid, (await steady.Machine.BerthAsync(Cancellation)).Uid);
        await steady.IsWellAsync(Cancellation);
    }

    [Fact]
    public async Task A_VM_runs_although_its_pause_image_cannot_be_pulled()
    {
        var image = (await SteadyAsync()).Berth.Text("spec.containers.0.image")!;
        await Machine("steady").DeleteAsync(Cancellation);
        await Node.MustRunAsync(Cancellation, "ctr", "--address", "/run/containerd/containerd.sock", "-n", "k8s.io", "images", "rm", "--sync", image);
        try
        {
            await ApplyAsync(Manifests.DiskMachine("imageless", Stack.Images.Idle));
            var running = await Machine("imageless").BecomesReadyAsync("Running", Cancellation);
            await Machine("imageless").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
            await Eventually.SeesAsync(
                "the kubelet to fail to pull the image",
                Machine("imageless").BerthAsync,
                berth => berth.Text("status.containerStatuses.0.state.waiting.reason") is "ErrImagePull" or "ImagePullBackOff",
                Eventually.Soon,
                Cancellation);
            Assert.Null(running.Condition("PlaceLost"));
        }
        finally
        {
            await Stack.RunScriptAsync("containerd.sh", ["images", Node.Name], CancellationToken.None);
        }

        await RunsAsync(Machine("imageless"));
        Assert.True((await Machine("imageless").GetAsync(Cancellation)).IsReady);
    }
}

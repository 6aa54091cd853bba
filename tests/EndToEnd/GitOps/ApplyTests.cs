using System.Diagnostics;

namespace Berth.EndToEnd.Tests;

/// <summary>What kubectl and GitOps tools rely on.</summary>
public sealed class ApplyTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task Applying_the_same_manifest_again_changes_nothing()
    {
        var manifest = Manifests.DiskMachine("settled", Stack.Images.Idle, "interfaces: [{name: lan, network: default}]");
        await ApplyAsync(manifest);
        await Machine("settled").BecomesReadyAsync("Running", Cancellation);
        await Machine("settled").ConsoleShowsAsync(BootSector.Line(Guests.IdleText, 1), Cancellation);
        var settled = await SettledAsync();

        await ApplyAsync(manifest);
        var again = await Machine("settled").GetAsync(Cancellation);
        Assert.Equal(settled.ResourceVersion, again.ResourceVersion);
        Assert.Equal(settled.Text("metadata.generation"), again.Text("metadata.generation"));

        var difference = await Kubectl.RunAsync(manifest, Cancellation, "diff", "--server-side", "-n", Namespace, "-f", "-");
        Assert.Equal("", difference.MustSucceed());
    }

    [Fact]
    public async Task Berth_never_writes_the_spec()
    {
        await ApplyAsync(Manifests.DiskMachine("owned", Stack.Images.Idle));
        await Machine("owned").BecomesReadyAsync("Running", Cancellation);
        var owned = KubernetesJson.Parse(await Kubectl.MustAsync(Cancellation, "get", "vm", "owned", "-n", Namespace, "-o", "json", "--show-managed-fields"));
        var managers = owned.At("metadata.managedFields")!.AsArray();
        Assert.Contains(managers, entry => (string?)entry!["manager"] is "berth-operator");
        Assert.Contains(managers, entry => (string?)entry!["manager"] is "berth-agent");
        Assert.All(
            managers.Where(entry => ((string?)entry!["manager"])!.StartsWith("berth-", StringComparison.Ordinal)),
            entry => Assert.Null(entry!["fieldsV1"]!["f:spec"]));
        Assert.Equal("1", owned.Text("metadata.generation"));
    }

    [Fact]
    public async Task Wait_and_watch_and_get_all_follow_a_VM()
    {
        using var watch = Kubectl.Start("get", "vm", "-w", "-n", Namespace);
        try
        {
            await ApplyAsync(Manifests.DiskMachine("watched", Stack.Images.Idle));
            await Kubectl.MustAsync(Cancellation, "wait", "--for=condition=Ready", "vm/watched", "-n", Namespace, "--timeout=60s");
            await SeesLineAsync(watch, @"^watched +Running +True +node-\d ");
            Assert.Contains("virtualmachine.berth.dev/watched", await Kubectl.MustAsync(Cancellation, "get", "all", "-n", Namespace), StringComparison.Ordinal);
            await Kubectl.DeleteAsync("vm", "watched", Namespace, Cancellation);
            await Kubectl.MustAsync(Cancellation, "wait", "--for=delete", "vm/watched", "-n", Namespace, "--timeout=60s");
        }
        finally
        {
            Command.Kill(watch);
        }
    }

    [Fact]
    public async Task Explain_reads_well()
    {
        var memory = await Kubectl.MustAsync(Cancellation, "explain", "vm.spec.memory.size");
        Assert.Contains("How much memory the guest has", memory, StringComparison.Ordinal);
        Assert.Contains("such as 512Mi or 2Gi", memory, StringComparison.Ordinal);
        foreach (var kind in (string[])["vm", "pool", "vol", "img", "vnet", "hv"])
        {
            var text = await Kubectl.MustAsync(Cancellation, "explain", $"{kind}.spec");
            Assert.DoesNotContain("<empty>", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<no description>", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("memory: {size: lots}", "memory")]
    [InlineData("memory: {size: 64Mi}\npowerState: Off", "powerState")]
    [InlineData("powerState: Running", "memory")]
    [InlineData("memory: {size: 64Mi}\ncpu: {cores: 0}", "cores")]
    [InlineData("memory: {size: 64Mi}\ndisks: [{name: Root, template: {}}]", "disks")]
    public async Task The_schema_refuses_what_can_be_known_to_be_wrong(string spec, string field)
    {
        var refused = await Kubectl.RunAsync(
            Manifests.Machine("wrong", spec), Cancellation, "apply", "--server-side", "--dry-run=server", "-n", Namespace, "-f", "-");
        Assert.False(refused.Succeeded, refused.ToString());
        Assert.Contains(field, refused.Error, StringComparison.Ordinal);
    }

    // Settled: what libvirt and DHCP report after the start has been written, and nothing was written for a while.
    private async Task<KubernetesJson> SettledAsync()
    {
        var watch = Stopwatch.StartNew();
        var last = "";
        return await Eventually.SeesAsync(
            "the VM to be left alone for 3 s",
            async token =>
            {
                var machine = await Machine("settled").GetAsync(token);
                if (machine.ResourceVersion != last)
                {
                    last = machine.ResourceVersion;
                    watch.Restart();
                }

                return machine;
            },
            _ => watch.Elapsed > TimeSpan.FromSeconds(3),
            Eventually.Soon,
            Cancellation);
    }

    private static async Task SeesLineAsync(Process watch, string pattern)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(Eventually.Soon);
        var seen = new List<string>();
        while (await ReadLineAsync(watch, seen, deadline.Token) is { } line)
        {
            if (System.Text.RegularExpressions.Regex.IsMatch(line, pattern))
            {
                return;
            }
        }

        Assert.Fail($"no line of the watch matches {pattern}:\n{string.Join('\n', seen)}");
    }

    private static async Task<string?> ReadLineAsync(Process watch, List<string> seen, CancellationToken cancellationToken)
    {
        try
        {
            var line = await watch.StandardOutput.ReadLineAsync(cancellationToken);
            seen.Add(line ?? "(the watch has ended)");
            return line;
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}

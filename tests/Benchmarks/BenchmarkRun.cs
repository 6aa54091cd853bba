using System.Diagnostics;
using System.Globalization;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Benchmarks;

/// <summary>All measurements, one after the other, against the goals of the design.</summary>
internal sealed class BenchmarkRun(BenchmarkStack stack, Report report)
{
    private const int Many = 100;
    private const string Agent = $"agent-{BenchmarkStack.Node}";
    private const string Operator = "operator";

    /// <summary>What can be asked for by itself, in the order of a whole run.</summary>
    public static readonly IReadOnlyList<string> Parts = ["startup", "latency", "writes", "scale"];

    /// <summary>Runs these of <see cref="Parts"/>.</summary>
    public async Task RunAsync(IReadOnlyCollection<string> parts, CancellationToken cancellationToken)
    {
        await stack.PrepareAsync(cancellationToken);
        await using var watch = new MachineWatch(stack.Client);
        await watch.StartAsync(cancellationToken);
        report.Line($"# Berth on this machine, {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC");
        report.Line($"\n{Environment.ProcessorCount} CPUs, load {LoadAverage()} at the start; guests are emulated unless the node says kvm.");
        foreach (var part in Parts.Where(parts.Contains))
        {
            await (part switch
            {
                "startup" => StartUpAsync(cancellationToken),
                "latency" => LatencyAsync(watch, cancellationToken),
                "writes" => WritesAsync(watch, cancellationToken),
                _ => ScaleAsync(watch, cancellationToken),
            });
        }

        report.Line($"\nload {LoadAverage()} at the end");
    }

    private async Task LatencyAsync(MachineWatch watch, CancellationToken cancellationToken)
    {
        report.Heading($"apply → Running against virsh create of the same XML ({StartLatency.Rounds} rounds each, in turns)");
        var latency = new StartLatency(stack, watch);
        var rows = new List<string[]>();
        foreach (var (title, make) in ((string, Func<string, VirtualMachine>)[])[("kernel, one card", BenchmarkMachines.Kernel), ("one templated disk", BenchmarkMachines.Disk)])
        {
            var (berth, virsh) = await latency.MeasureAsync(make, title[..3].TrimEnd(), cancellationToken);
            var (ratio, added) = (berth.P50 / virsh.P50, berth.P50 - virsh.P50);
            rows.Add(
            [
                title, Samples.Text(berth.P50), Samples.Text(berth.P95), Samples.Text(virsh.P50), Samples.Text(virsh.P95),
                ratio.ToString("F2", CultureInfo.InvariantCulture) + "×", Samples.Text(added), "≤ 1.5× and ≤ 150 ms", Report.Met(ratio <= 1.5 && added <= 150),
            ]);
        }

        report.Table(["VM", "Berth p50", "Berth p95", "virsh p50", "virsh p95", "ratio", "added", "goal", ""], rows);
    }

    private async Task WritesAsync(MachineWatch watch, CancellationToken cancellationToken)
    {
        var counts = new WriteCounts(stack, watch);
        foreach (var (machine, goal) in ((VirtualMachine, int)[])[(BenchmarkMachines.Kernel("writes-kernel"), 6), (BenchmarkMachines.Disk("writes-disk"), 8)])
        {
            report.Heading($"API writes of one VM until Ready: {machine.Name()}");
            var writes = await counts.MeasureAsync(machine, cancellationToken);
            report.Table(
                ["writer", "verb", "resource", "writes", "counted"],
                writes.GroupBy(write => (write.Writer, write.Verb, write.Resource)).Select(group => (string[])
                [
                    group.Key.Writer, group.Key.Verb, group.Key.Resource, group.Count().ToString(CultureInfo.InvariantCulture),
                    WriteCounts.IsCounted(group.First()) ? "yes" : "no",
                ]));
            var counted = writes.Count(WriteCounts.IsCounted);
            report.Line($"\ncounted: {counted}; goal ≤ {goal}: {Report.Met(counted <= goal)}");
        }
    }

    private async Task ScaleAsync(MachineWatch watch, CancellationToken cancellationToken)
    {
        report.Heading($"resident memory at 0 and {Many} VMs");
        var (agentBefore, operatorBefore) = (ProcessMemory.Of(stack.Processes, Agent), ProcessMemory.Of(stack.Processes, Operator));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(1, Many).Select(number => stack.Client.CreateAsync(BenchmarkMachines.Disk($"many-{number}"), cancellationToken)));
        await watch.UntilAsync($"{Many} VMs to run", machines => machines.Values.Count(MachineWatch.IsRunning) >= Many, cancellationToken);
        var allRunning = clock.Elapsed;
        var (agentAfter, operatorAfter) = (ProcessMemory.Of(stack.Processes, Agent), ProcessMemory.Of(stack.Processes, Operator));
        report.Table(
            ["process", "0 VMs", $"{Many} VMs", "goal"],
            [
                ["agent", agentBefore.ToString(), agentAfter.ToString(), $"≤ 48 MiB with 100 domains: {Report.Met(agentAfter.Rss <= 48)} with {Many}"],
                ["operator", operatorBefore.ToString(), operatorAfter.ToString(), "≤ 256 MiB with 10,000 VMs: not measured here"],
            ]);
        await ScrapesAsync(cancellationToken);
        report.Line(string.Create(CultureInfo.InvariantCulture, $"\n{Many} VMs applied at once ran after {allRunning.TotalSeconds:F1} s."));
        clock.Restart();
        await Task.WhenAll(Enumerable.Range(1, Many).Select(number =>
            stack.Client.DeleteAsync<VirtualMachine>($"many-{number}", BenchmarkStack.Namespace, null, cancellationToken)));
        await watch.UntilAsync("all VMs to go", machines => machines.Count == 0, cancellationToken);
        report.Line(string.Create(CultureInfo.InvariantCulture, $"Deleted at once they were gone after {clock.Elapsed.TotalSeconds:F1} s."));
    }

    private async Task ScrapesAsync(CancellationToken cancellationToken)
    {
        var (samples, bytes) = await new ScrapeCost(stack.AgentUrl).MeasureAsync(cancellationToken);
        report.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"\nA scrape of the agent with {Many} VMs: p50 {Samples.Text(samples.P50)}, p95 {Samples.Text(samples.P95)}, {bytes / 1024} KiB ({ScrapeCost.Rounds} scrapes)."));
    }

    private async Task StartUpAsync(CancellationToken cancellationToken)
    {
        report.Heading("start-up, from exec to /readyz, and size of the binaries");
        using var startUp = new StartUp(stack);
        var rows = new List<string[]>();
        foreach (var (process, url, host) in ((string, string, string?)[])[(Operator, stack.OperatorUrl, null), (Agent, stack.AgentUrl, $"host-{BenchmarkStack.Node}")])
        {
            var size = startUp.SizeOf(process) / 1048576.0;
            var samples = await startUp.MeasureAsync(process, url, host, cancellationToken);
            rows.Add([process, Samples.Text(samples.P50), Samples.Text(samples.P95), size.ToString("F1", CultureInfo.InvariantCulture) + " MiB"]);
        }

        report.Table(["binary", "p50", "max of 5", "size"], rows);
    }

    private static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));
}

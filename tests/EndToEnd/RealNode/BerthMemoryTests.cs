using System.Globalization;

namespace Berth.EndToEnd.Tests;

/// <summary>What a VM costs on its node beside QEMU: pause process, sandbox, shim.</summary>
[Collection(nameof(RealNode))]
public sealed class BerthMemoryTests(Stack stack) : RealNodeTest(stack)
{
    private const int Many = 4;

    [Fact]
    public async Task A_berth_takes_less_than_a_mebibyte_beside_its_shim()
    {
        var single = await MeasureAsync(await SteadyAsync("vm-1"));
        await ApplyAsync(string.Join("---\n", Enumerable.Range(2, Many - 1).Select(number => Manifests.DiskMachine($"vm-{number}", Stack.Images.Idle))));
        var all = new List<BerthMemory> { await MeasureAsync(Machine("vm-1")) };
        for (var number = 2; number <= Many; number++)
        {
            await Machine($"vm-{number}").BecomesReadyAsync("Running", Cancellation, Eventually.Booted);
            all.Add(await MeasureAsync(Machine($"vm-{number}")));
        }

        var report = $"""
            | VMs | berth's process | sandbox's process | shim | shim RSS |
            |---|---|---|---|---|
            | 1 | {single} |
            | {Many}, each | {BerthMemory.Mean(all)} |
            """;
        TestContext.Current.TestOutputHelper?.WriteLine($"Memory of a VM's pod, Pss in KiB:\n{report}");
        var folder = Directory.CreateDirectory(Checkout.PathOf("artifacts/bench"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "real-node.md"), report, Cancellation);
        Assert.All(all, memory => Assert.InRange(memory.Berth + memory.Sandbox, 1, 1024));
    }

    private static Task<BerthMemory> MeasureAsync(SteadyMachine steady) => MeasureAsync(steady.Machine);

    private static async Task<BerthMemory> MeasureAsync(Machine machine)
    {
        var berth = await RunsAsync(machine);
        var container = berth.Text("status.containerStatuses.0.containerID")!.Split("//")[1];
        var processes = PausesOf(berth.Uid);
        Assert.Equal(2, processes.Count);
        var own = Assert.Single(processes, process => process.Cgroup.Contains(container, StringComparison.Ordinal)).Pid;
        var sandbox = Assert.Single(processes, process => process.Pid != own).Pid;
        var shim = ParentOf(own);
        return new(Pss(own), Pss(sandbox), Pss(shim), Field($"/proc/{shim}/status", "VmRSS:"));
    }

    private static List<(int Pid, string Cgroup)> PausesOf(string podUid) =>
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           let pid = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
           where pid > 0 && StackProcesses.CommandLine(pid) == "/pause\0"
           let cgroup = File.ReadAllText($"/proc/{pid}/cgroup")
           where cgroup.Contains($"pod{podUid}", StringComparison.Ordinal)
           select (pid, cgroup),
    ];

    private static int ParentOf(int pid) => (int)Field($"/proc/{pid}/status", "PPid:");

    private static long Pss(int pid) => Field($"/proc/{pid}/smaps_rollup", "Pss:");

    private static long Field(string file, string name)
    {
        var line = File.ReadLines(file).First(text => text.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>In KiB; Pss counts shared pages once over all who share them.</summary>
    private sealed record BerthMemory(long Berth, long Sandbox, long Shim, long ShimResident)
    {
        public static BerthMemory Mean(IReadOnlyList<BerthMemory> all) => new(
            (long)all.Average(one => one.Berth), (long)all.Average(one => one.Sandbox), (long)all.Average(one => one.Shim), (long)all.Average(one => one.ShimResident));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Berth} | {Sandbox} | {Shim} | {ShimResident}");
    }
}

using System.Diagnostics;
using System.Globalization;

namespace Berth.EndToEnd.Tests;

/// <summary>A guest whose QEMU hangs, and those beside it.</summary>
[Collection(nameof(Faults))]
public sealed class HungGuestTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task A_QEMU_that_hangs_does_not_hang_the_scrape_of_its_node()
    {
        var pin = Manifests.OnNode("node-1");
        await ApplyAsync(Manifests.DiskMachine("hung", Stack.Images.Idle, pin) + "---\n" + Manifests.DiskMachine("well", Stack.Images.Idle, pin));
        var hung = await Machine("hung").BecomesReadyAsync("Running", Cancellation);
        await Machine("well").BecomesReadyAsync("Running", Cancellation);
        var node = Stack.Node("node-1");
        var (qemu, _) = StackNode.QemuProcess(hung.Uid);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        await SignalAsync("STOP", qemu);
        try
        {
            for (var i = 0; i < 4; i++)
            {
                var clock = Stopwatch.StartNew();
                var scrape = await Scrape.OfAsync(http, Stack.AgentUrl(node), Cancellation);
                Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
                Assert.True(scrape.Sum("berth_virtual_machine_cpu_seconds_total", $"namespace=\"{Namespace}\"", "name=\"well\"") > 0, scrape.Show("berth_"));
            }
        }
        finally
        {
            await SignalAsync("CONT", qemu);
        }

        await Eventually.SeesAsync(
            "all figures again",
            token => Scrape.OfAsync(http, Stack.AgentUrl(node), token),
            scrape => scrape.Sum("berth_domain_statistics_scrape_success") > 0,
            Eventually.Soon,
            Cancellation,
            scrape => scrape.Show("berth_domain_statistics"));
    }

    private static async Task SignalAsync(string signal, int pid) =>
        (await Command.RunAsync("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)], CancellationToken.None)).MustSucceed();
}

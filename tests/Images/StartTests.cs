using System.Net;
using System.Net.Sockets;

namespace Berth.Images.Tests;

/// <summary>The programs, run in the root file systems that the layers make.</summary>
public sealed class StartTests(BuiltImages images)
{
    private static readonly string InRoot = Path.Combine(AppContext.BaseDirectory, "in-root.sh");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("operator")]
    [InlineData("agent")]
    public async Task It_starts_as_its_user_on_a_file_system_that_it_cannot_write(string name)
    {
        var run = await ProcessRun.OfAsync(InRoot, [.. Command(name), "--help"], Cancel);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches($@"Usage:\s+berth-{name} (\[command\] )?\[options\]", run.Output);
    }

    [Fact]
    public async Task The_agent_loads_libvirt_and_opens_a_connection()
    {
        var port = FreePort();
        var kubeconfig = Path.Combine(images["agent"].Root, "kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, """
            {"apiVersion": "v1", "kind": "Config", "current-context": "nowhere",
             "clusters": [{"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}}], "users": [{"name": "nobody", "user": {"token": "none"}}],
             "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "nobody"}}]}
            """, Cancel);
        using var agent = ProcessRun.Start(InRoot, [.. Command("agent"), "--kubeconfig", "/kubeconfig", "--node-name", "none", "--libvirt-uri", "test:///default", "--metrics-address", $"127.0.0.1:{port}"]);
        try
        {
            var said = Task.WhenAll(agent.StandardOutput.ReadToEndAsync(Cancel), agent.StandardError.ReadToEndAsync(Cancel));
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

            await Eventually.TrueAsync(async () => agent.HasExited || await HasConnectionAsync(client), Cancel, TimeSpan.FromSeconds(60), "the agent has a connection to libvirt");

            Assert.False(agent.HasExited, agent.HasExited ? string.Concat(await said) : null);
        }
        finally
        {
            agent.Kill(entireProcessTree: true);
            await agent.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task The_pause_reaps_what_is_left_to_it_and_ends_when_it_is_told_to(string signal)
    {
        using var container = ProcessRun.Start(InRoot, Command("pause"));
        var pause = 0;
        await Eventually.TrueAsync(() => (pause = ChildrenOf(container.Id).FirstOrDefault(IsPause)) != 0, Cancel, what: "the pause runs");

        // A shell that ends before its child does leaves the child to the pause. The child ends when the file is gone.
        using var folder = new TestFolder();
        var file = folder.File("exists", "");
        var shell = await ProcessRun.OfAsync("nsenter", ["--target", $"{pause}", "--pid", "sh", "-c", $"while [ -e '{file}' ]; do sleep 0.01; done >/dev/null 2>&1 &"], Cancel);
        Assert.Equal((0, ""), (shell.ExitCode, shell.Error));
        await Eventually.TrueAsync(() => ChildrenOf(pause).Length == 1, Cancel, what: "the pause has a child");
        File.Delete(file);
        await Eventually.TrueAsync(() => ChildrenOf(pause).Length == 0, Cancel, what: "nothing is left of the child");
        Assert.False(container.HasExited);

        var kill = await ProcessRun.OfAsync("kill", [$"-{signal}", $"{pause}"], Cancel);
        Assert.Equal(0, kill.ExitCode);
        await container.WaitForExitAsync(Cancel);
        Assert.Equal(0, container.ExitCode);
    }

    private string[] Command(string name)
    {
        var image = images[name];
        return [image.Root, (string)image.Settings["User"]!, (string)image.Settings["Entrypoint"]!.AsArray()[0]!];
    }

    private static async Task<bool> HasConnectionAsync(HttpClient client)
    {
        try
        {
            return (await client.GetStringAsync("/metrics", Cancel)).Contains("libvirt_open_handles{kind=\"connection\"} 1\n", StringComparison.Ordinal);
        }
        catch (HttpRequestException)
        {
            return false; // it does not listen yet
        }
    }

    private static bool IsPause(int process) => File.Exists($"/proc/{process}/cmdline") && File.ReadAllText($"/proc/{process}/cmdline") == "/pause\0";

    private static int[] ChildrenOf(int process) =>
        [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

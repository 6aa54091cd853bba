namespace Berth.EndToEnd.Tests;

/// <summary>A test that installs Berth itself, into a cluster with a kubelet.</summary>
public abstract class InstallTest(Stack stack) : EndToEndTest(stack)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(20); // images of a version that nobody has built yet

    internal StackNode Node => Stack.Nodes[0];

    /// <summary>Takes away what another test has installed, and gives the node the images that ship.</summary>
    protected async Task StartAnewAsync()
    {
        await Stack.UninstallChartAsync(Cancellation);
        await RunAsync("make images");
        await ProvideImagesAsync(Checkout.PathOf("artifacts/images"));
    }

    /// <summary>There is no registry: the node gets images as files.</summary>
    protected async Task ProvideImagesAsync(string folder)
    {
        var archives = Directory.GetFiles(folder, "*.tar");
        Assert.True(archives.Length >= 3, $"{folder} has no images of operator, agent and berths");
        await Stack.RunScriptAsync("containerd.sh", ["import", Node.Name, .. archives], Cancellation);
    }

    /// <summary>Runs commands at the top of the clone, as their user's shell would.</summary>
    protected async Task<string> RunAsync(string commands) => (await Stack.ShellAsync(commands, s_patience, Cancellation)).MustSucceed();

    /// <summary>A guest that has booted, whose VM goes with the test.</summary>
    internal async Task<SteadyGuest> RunningGuestAsync(string name)
    {
        var image = await ServeImageAsync(name, "disk", Guests.Idle);
        await ApplyAsync(Manifests.DiskMachine(name, image));
        return await SteadyGuest.FollowAsync(Machine(name), Cancellation);
    }

    /// <summary>Berth's webhook configurations.</summary>
    internal async Task<IReadOnlyList<KubernetesJson>> WebhooksAsync() =>
    [
        .. (await Kubectl.ListAsync("validatingwebhookconfigurations,mutatingwebhookconfigurations", null, Cancellation)).Where(item => item.Name.StartsWith("berth", StringComparison.Ordinal)),
    ];

    /// <summary>The pods of operator and agents that are not about to go.</summary>
    internal async Task<IReadOnlyList<KubernetesJson>> PodsAsync() => [.. (await Kubectl.ListAsync("pods", "berth-system", Cancellation))
        .Where(pod => pod.At("metadata.labels")?["app.kubernetes.io/name"]?.ToString() is "berth-operator" or "berth-agent" && pod.Text("metadata.deletionTimestamp") is null)];
}

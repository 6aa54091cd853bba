namespace Berth.EndToEnd.Tests;

/// <summary>What the chart renders is taken by a real API server, whatever is switched on or off. Its hook is run by InstallTests.</summary>
[Collection(nameof(Install))]
public sealed class ChartDryRunTests(Stack stack, ChartDryRunTests.Bare bare) : IClassFixture<Neighbours>, IClassFixture<ChartDryRunTests.Bare>
{
    private static readonly string[] s_usual = [""];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Settings => [.. s_usual, .. ChartSettings.Switches, .. ChartSettings.Others];

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task The_API_server_takes_all_of_it(string setting)
    {
        // The definitions are large and no setting changes them: they are looked at once.
        var set = setting.Length == 0 || setting.StartsWith("crds.", StringComparison.Ordinal) ? setting : $"{setting},crds.enabled=false";
        var objects = await RunAsync($"helm template berth charts/berth --namespace berth-system --no-hooks --kube-version {bare.Version} --set '{set}'");
        var taken = (await stack.Kubectl.RunAsync(
            objects, Cancellation, "apply", "--server-side", "--validate=false", "--dry-run=server", "--force-conflicts", "--field-manager=helm", "-f", "-")).MustSucceed();
        Assert.Equal(ManifestReader.Read(objects).Count, taken.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_field_that_no_kind_has_would_be_found()
    {
        var manifest = """
            apiVersion: monitoring.coreos.com/v1
            kind: PodMonitor
            metadata: {name: misspelt}
            spec: {selector: {}, podMetricsEndpoints: [{port: metrics, honourLabels: true}]}
            """;
        var refused = await stack.Kubectl.RunAsync(manifest, Cancellation, "apply", "--server-side", "--validate=false", "--dry-run=server", "-n", "default", "-f", "-");
        Assert.False(refused.Succeeded, refused.ToString());
        Assert.Contains("honourLabels", refused.Error, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string commands) => (await stack.ShellAsync(commands, TimeSpan.FromMinutes(6), Cancellation)).MustSucceed();

    /// <summary>A cluster without the chart, with which what is applied would be merged, and with its namespace.</summary>
    public sealed class Bare(Stack stack) : IAsyncLifetime
    {
        /// <summary>Kubernetes' version there.</summary>
        public string Version { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            await stack.UninstallChartAsync(Cancellation);
            await stack.Kubectl.ApplyAsync("""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "berth-system"}}""", Cancellation);
            Version = KubernetesJson.Parse(await stack.Kubectl.MustAsync(Cancellation, "get", "--raw", "/version")).Text("gitVersion")!;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

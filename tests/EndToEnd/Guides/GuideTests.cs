namespace Berth.EndToEnd.Tests;

/// <summary>Pages of docs/guide whose commands need no cluster of their own, run as they stand there. The others are run by InstallTests.</summary>
[Collection(nameof(Samples))]
public sealed class GuideTests(Stack stack) : EndToEndTest(stack), IClassFixture<Neighbours>
{
    [Fact]
    public async Task Argo_CD()
    {
        await StackTool.PathOfAsync("kubectl-1.35", Cancellation);
        var page = new Guide(Stack, "argocd.md") { Instead = { ["kubectl kustomize"] = "kubectl-1.35 kustomize" } };
        await ArgoCdsOwnAsync();
        try
        {
            await page.RunAsync("Install the health checks", Cancellation);
            Assert.Equal("""{"timeout.reconciliation":"60s"}""", await Kubectl.MustAsync(Cancellation, "get", "configmap", "argocd-cm", "-n", "argocd", "-o", "jsonpath={.data}"));
            await page.RunAsync("An Application", Cancellation);
            await HasNoUnknownFieldAsync("application.yaml");
            await HasNoUnknownFieldAsync("applicationset.yaml");

            await page.RunAsync("Is anything drifting?", Cancellation);
            var booted = await Kubectl.GetAsync("vm", "hello", "default", Cancellation);
            await page.RunAsync("Restart by a commit", Cancellation);
            await Eventually.SeesAsync(
                "the restart to be carried out",
                token => Kubectl.GetAsync("vm", "hello", "default", token),
                machine => machine.Text("status.restartedAt") is { } at && at == machine.Text("spec.restartedAt") && machine.Text("status.startedAt") != booted.Text("status.startedAt"),
                Eventually.Booted,
                Cancellation);
            await page.RunAsync("Wait for it in a script", Cancellation);
            Assert.Equal("Stopped", (await Kubectl.GetAsync("vm", "hello", "default", Cancellation)).Text("status.state"));
        }
        finally
        {
            await Kubectl.RunAsync(CancellationToken.None, "delete", "vm", "hello", "-n", "default", "--ignore-not-found", "--timeout=90s");
            await Kubectl.DeleteAsync("namespace", "argocd", null, CancellationToken.None);
        }
    }

    [Fact]
    public async Task Monitoring()
    {
        await StackTool.PathOfAsync("promtool", Cancellation);
        await new Guide(Stack, "monitoring.md") { Instead = { ["$(cat .berth/"] = $"$(cat {Stack.Folder}/" } }.RunAsync(null, Cancellation);
    }

    // What an installation of Argo CD has before Berth is known to it.
    private async Task ArgoCdsOwnAsync()
    {
        await CreateNamespaceAsync("argocd");
        await Kubectl.MustAsync(Cancellation, "create", "configmap", "argocd-cm", "-n", "argocd", "--from-literal=timeout.reconciliation=60s");
    }

    // The page applies them client-side, as people do, and the API server of this version then drops what it does not know.
    private async Task HasNoUnknownFieldAsync(string sample) => await Kubectl.MustAsync(
        Cancellation, "apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", Checkout.PathOf($"config/argocd/samples/{sample}"));
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.HostChecks;
using Berth.Operator.Tests.Support;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Operator.Tests.HostChecks;

public sealed class HostCheckTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly MetricFactory _metrics = new();
    private FakeApiServer? _server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_hosts_are_fit_when_their_agents_are_heard_and_say_so()
    {
        var (code, lines) = await CheckAsync(server =>
        {
            Host(server, "node-2", Ready);
            Host(server, "node-1", Ready, Condition.False(HypervisorConditions.GuestsProtected, "NotProtected", "No control groups."));
        });
        Assert.Equal(0, code);
        Assert.Equal(["node-1: fit (kvm)", "  GuestsProtected is False (NotProtected): No control groups.", "node-2: fit (kvm)"], lines);
    }

    [Fact]
    public async Task A_host_that_is_not_ready_is_told_with_all_that_is_wrong_with_it()
    {
        var (code, lines) = await CheckAsync(server =>
        {
            Host(server, "node-1", Ready);
            Host(
                server, "node-2", Condition.False(ConditionTypes.Ready, "LibvirtUnavailable", "No socket."),
                Condition.False(HypervisorConditions.LibvirtAvailable, "LibvirtUnavailable", "No socket."),
                Condition.True(HypervisorConditions.AcceleratorAvailable, "Succeeded", "kvm"),
                Condition.True(ConditionTypes.Stalled, "LibvirtUnavailable", "No socket."));
        });
        Assert.Equal(1, code);
        Assert.Equal(
            ["node-1: fit (kvm)", "node-2: not fit: Ready is False (LibvirtUnavailable): No socket.", "  LibvirtAvailable is False (LibvirtUnavailable): No socket.", "  Stalled is True (LibvirtUnavailable): No socket."],
            lines);
    }

    [Fact]
    public async Task What_a_silent_agent_wrote_last_proves_nothing()
    {
        var (code, lines) = await CheckAsync(server => Host(server, "node-1", Ready), beating: false);
        Assert.Equal(1, code);
        Assert.Equal(["node-1: not fit: its agent is not heard: does it run?"], lines);
    }

    [Fact]
    public async Task A_labelled_node_without_an_agent_is_not_fit_and_one_without_the_label_is_not_looked_at()
    {
        var (code, lines) = await CheckAsync(server =>
        {
            Node(server, "node-1", isHost: true);
            Node(server, "node-2", isHost: false);
        });
        Assert.Equal(1, code);
        Assert.Equal(["node-1: not fit: there is no Hypervisor of that name: does its agent run?"], lines);
    }

    [Fact]
    public async Task Without_any_host_it_says_how_to_make_one()
    {
        var (code, lines) = await CheckAsync(server => Node(server, "node-1", isHost: false));
        Assert.Equal(1, code);
        Assert.Equal(["No node is a host of VMs: kubectl label node NODE berth.dev/host=true"], lines);
    }

    [Theory]
    [InlineData(-1L, 1L, "its agent has not looked at the Hypervisor yet.")]
    [InlineData(1L, 2L, "its agent has not looked at the Hypervisor yet.")]
    [InlineData(2L, 2L, null)]
    public void A_status_of_another_generation_is_not_believed(long observed, long generation, string? problem)
    {
        var host = new Hypervisor { Metadata = new V1ObjectMeta { Name = "a", Generation = generation }, Status = new HypervisorStatus { ObservedGeneration = observed, Conditions = [Ready] } };
        var fitness = HostFitness.Of("a", host, isHeard: true);
        Assert.Equal((problem is null, problem is null ? "a: fit (accelerator unknown)" : $"a: not fit: {problem}"), (fitness.IsFit, fitness.Lines[0]));
    }

    [Fact]
    public void A_host_that_is_taken_for_dead_is_not_fit() => Assert.False(HostFitness.Of(
        "a", new Hypervisor { Status = new HypervisorStatus { ObservedGeneration = 0, Conditions = [Ready, Condition.True(HypervisorConditions.Dead, "OutOfService")] } }, isHeard: true).IsFit);

    [Theory]
    [InlineData("check --namespace n --timeout 90s --kubeconfig /k --context c", 90)]
    [InlineData("check --namespace n --kubeconfig /k --context c", 60)]
    public async Task Its_flags_become_options(string line, int seconds)
    {
        HostCheckOptions? read = null;
        var root = new OperatorCommand().Create((_, _) => Task.CompletedTask);
        root.Subcommands.Add(new HostCheckCommand().Create((options, _) =>
        {
            read = options;
            return Task.FromResult(1);
        }));
        Assert.Equal(1, await root.Parse(line).InvokeAsync(cancellationToken: Cancellation));
        Assert.Equal(new HostCheckOptions { Kubeconfig = "/k", Context = "c", Namespace = "n", Timeout = TimeSpan.FromSeconds(seconds) }, read);
        Assert.NotEmpty(root.Parse("check --timeout 0s").Errors);
    }

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private static Condition Ready => Condition.True(ConditionTypes.Ready, ConditionReasons.Succeeded, "The node can run VMs.");

    private async Task<(int Code, string[] Lines)> CheckAsync(Action<FakeApiServer> seed, bool beating = true)
    {
        var server = _server = await FakeApiServer.StartAsync();
        seed(server);
        var settings = new KubernetesClientOptions();
        settings.TypeInfoResolvers.Add(ApiJsonContext.Default);
        using var client = new KubernetesClient(server.Configuration, settings, _metrics, _time, NullLogger<KubernetesClient>.Instance);
        using var output = new StringWriter();
        var running = new HostCheck(client, new HostCheckOptions { Timeout = TimeSpan.FromSeconds(20) }, _time, output).RunAsync(Cancellation);
        var beats = 0;
        await Eventually.TrueAsync(
            () =>
            {
                beats++;
                foreach (var lease in new[] { "hypervisor-node-1", "hypervisor-node-2" }.Where(lease => beating && server.Find<V1Lease>(lease, BerthApi.DefaultNamespace) is not null))
                {
                    server.Patch<V1Lease>(lease, BerthApi.DefaultNamespace, JsonOf.Patch($$"""{"spec": {"leaseTransitions": {{beats}} } }"""));
                }

                _time.Advance(TimeSpan.FromMilliseconds(200));
                return running.IsCompleted;
            },
            Cancellation);
        return (await running, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Node(FakeApiServer server, string name, bool isHost) => server.Seed(new V1Node
    {
        Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string> { [BerthLabels.Host] = isHost ? "true" : "false" } },
    });

    private static void Host(FakeApiServer server, string name, params Condition[] conditions)
    {
        Node(server, name, isHost: true);
        server.Seed(new Hypervisor
        {
            Metadata = new V1ObjectMeta { Name = name },
            Status = new HypervisorStatus { ObservedGeneration = 1, Accelerator = new AcceleratorStatus { Type = "kvm" }, Conditions = [.. conditions] },
        });
        server.Seed(new V1Lease { Metadata = new V1ObjectMeta { Name = $"hypervisor-{name}", NamespaceProperty = BerthApi.DefaultNamespace }, Spec = new V1LeaseSpec { HolderIdentity = name } });
    }
}

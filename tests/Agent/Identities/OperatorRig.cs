using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Identities;
using Berth.Operator;
using Berth.Operator.Serving;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Identities;

/// <summary>The operator itself, listening in this process, and an agent's identity that talks to it. Each has a clock of its own.</summary>
internal sealed class OperatorRig : IAsyncDisposable
{
    public const string Token = "token-node-1";
    private const string Pod = "berth-agent-node-1";

    private readonly TestFolder _folder = new();
    private readonly MetricFactory _metrics = new();
    private readonly IHost _host;
    private readonly KubernetesClient _client;
    private readonly CancellationTokenSource _end = new();
    private Task _renewal = Task.CompletedTask;

    private OperatorRig(FakeApiServer server, TimeSpan lifetime)
    {
        Server = server;
        var options = new OperatorOptions
        {
            MetricsAddress = new(System.Net.IPAddress.Loopback, 0),
            HttpsAddress = new(System.Net.IPAddress.Loopback, 0),
            LeaderElect = false,
            LogLevel = LogLevel.Critical,
            AgentCertificateLifetime = lifetime,
        };
        _host = OperatorHost.Build(options, server.Configuration, services => services.AddSingleton<TimeProvider>(OperatorTime));
        var client = new KubernetesClientOptions();
        client.TypeInfoResolvers.Add(ApiJsonContext.Default);
        _client = new KubernetesClient(server.Configuration, client, _metrics, AgentTime, NullLogger<KubernetesClient>.Instance);
    }

    public FakeApiServer Server { get; }

    public ManualTime OperatorTime { get; } = new();

    public ManualTime AgentTime { get; } = new();

    public IServiceProvider Operator => _host.Services;

    public AgentCertificate Certificate { get; private set; } = null!;

    public OperatorUserData UserData { get; private set; } = null!;

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Starts the operator, and an agent of node-1 that lives in a pod with a good token.</summary>
    public static async Task<OperatorRig> StartAsync(TimeSpan lifetime)
    {
        var rig = new OperatorRig(await FakeApiServer.StartAsync(), lifetime);
        var pod = rig.Server.Seed(new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = Pod, NamespaceProperty = BerthApi.DefaultNamespace },
            Spec = new V1PodSpec { NodeName = "node-1", ServiceAccountName = OperatorApi.AgentAccount },
        });
        rig.GiveToken(pod.Metadata.Uid!);
        await rig._host.StartAsync(Cancellation);
        await rig.EventuallyAsync(() => rig.Server.Find<V1ConfigMap>(OperatorApi.AuthoritiesConfigMap, BerthApi.DefaultNamespace) is not null);
        rig.StartAgent();
        return rig;
    }

    public void GiveToken(string podUid) => Server.Tokens.Add(
        Token, new KnownToken($"system:serviceaccount:{BerthApi.DefaultNamespace}:{OperatorApi.AgentAccount}", OperatorApi.TokenAudience) { Pod = Pod, PodUid = podUid });

    /// <summary>What asks the operator, or somebody at another address, trusting what an API server says.</summary>
    public OperatorConnection Connection(string? address = null, IKubernetesClient? client = null) => new(OptionsFor(address), client ?? _client, AgentTime);

    public IKubernetesClient ClientOf(FakeApiServer server) =>
        new KubernetesClient(server.Configuration, new KubernetesClientOptions(), _metrics, AgentTime, NullLogger<KubernetesClient>.Instance);

    /// <summary>Lets time pass for both, in steps that loops can follow.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var step = TimeSpan.FromSeconds(1);
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            var left = time - passed;
            OperatorTime.Advance(left < step ? left : step);
            AgentTime.Advance(left < step ? left : step);
            await Task.Yield();
        }
    }

    /// <summary>Waits until it is so; the clocks creep on meanwhile.</summary>
    public Task EventuallyAsync(Func<bool> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string what = "") => Eventually.TrueAsync(
        () =>
        {
            if (condition())
            {
                return true;
            }

            OperatorTime.Advance(TimeSpan.FromMilliseconds(20));
            AgentTime.Advance(TimeSpan.FromMilliseconds(20));
            return false;
        },
        Cancellation,
        what: what);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _renewal.ContinueWith(_ => { }, TaskScheduler.Default);
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _host.StopAsync(atOnce.Token);
        _host.Dispose();
        _client.Dispose();
        await Server.DisposeAsync();
        _metrics.Dispose();
        _end.Dispose();
        _folder.Dispose();
    }

    private void StartAgent()
    {
        _folder.Write("operator-token", Token + "\n");
        var connection = Connection();
        Certificate = new AgentCertificate(OptionsFor(null), connection, _metrics, AgentTime, NullLogger<AgentCertificate>.Instance);
        UserData = new OperatorUserData(connection, Certificate);
        _renewal = Certificate.RunAsync(_end.Token);
    }

    private AgentOptions OptionsFor(string? address) => _folder.Options with
    {
        OperatorAddress = address ?? Operator.GetRequiredService<SecureServer>().Listening!.ToString(),
        OperatorTokenFile = Path.Combine(_folder.Path, "operator-token"),
    };
}

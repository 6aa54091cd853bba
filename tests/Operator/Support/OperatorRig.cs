using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Runtime.Hosting;
using Berth.Runtime.Store;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Tests.Support;

/// <summary>The whole operator against an API server in this process. Scheduler, kubelets and agents are the test's own hands.</summary>
internal sealed class OperatorRig : IAsyncDisposable
{
    public const string Namespace = "shop";

    private readonly ApiLevels _levels;
    private IHost? _host;

    private OperatorRig(FakeApiServer server, ManualTime time, ApiLevels levels)
    {
        _levels = levels;
        Server = server;
        Time = time;
        Machines = new MachineHand(server);
        Agent = new AgentHand(server);
        Scheduler = new SchedulerHand(server);
    }

    public FakeApiServer Server { get; }

    public ManualTime Time { get; }

    public MachineHand Machines { get; }

    public AgentHand Agent { get; }

    public SchedulerHand Scheduler { get; }

    /// <summary>True once the operator was built, whether it has come up or not.</summary>
    public bool HasHost => _host is not null;

    public IServiceProvider Services => _host!.Services;

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A server with a namespace, two hosts, a default pool, a network and a kernel image; and the operator running on it.</summary>
    public static async Task<OperatorRig> StartAsync(
        FakeApiServerOptions? options = null, bool startOperator = true, Action<IServiceCollection>? addMore = null, ApiLevels? levels = null,
        Func<OperatorOptions, OperatorOptions>? configure = null)
    {
        var rig = new OperatorRig(await FakeApiServer.StartAsync(options), new ManualTime(), levels ?? ApiLevels.Current);
        TestCluster.Seed(rig.Server);
        if (startOperator)
        {
            await rig.StartOperatorAsync(addMore: addMore, configure: configure);
        }

        return rig;
    }

    public async Task StartOperatorAsync(bool leaderElect = false, Action<IServiceCollection>? addMore = null, Func<OperatorOptions, OperatorOptions>? configure = null)
    {
        var options = new OperatorOptions
        {
            MetricsAddress = new(System.Net.IPAddress.Loopback, 0),
            HttpsAddress = new(System.Net.IPAddress.Loopback, 0),
            LeaderElect = leaderElect,
            LogLevel = LogLevel.Critical,
        };
        _host = OperatorHost.Build(configure?.Invoke(options) ?? options, Server.Configuration, services =>
        {
            services.AddSingleton<TimeProvider>(Time).AddSingleton(_levels);
            addMore?.Invoke(services);
        });
        await _host.StartAsync(Cancellation);
        await EventuallyAsync(() => Services.GetRequiredService<HealthChecks>().ReadinessFailures().Count == 0);
    }

    /// <summary>Ends the operator; its parts have <paramref name="patience"/> for that, by default 5 s.</summary>
    public async Task StopOperatorAsync(TimeSpan? patience = null)
    {
        if (_host is { } host)
        {
            using var atOnce = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(5));
            await host.StopAsync(atOnce.Token);
            _host = null;
            host.Dispose();
        }
    }

    /// <summary>Waits until the condition holds; the operator's clock creeps on meanwhile, so that its short delays pass.</summary>
    public Task EventuallyAsync(Func<bool> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string what = "") =>
        Eventually.TrueAsync(
            () =>
            {
                if (condition())
                {
                    return true;
                }

                Time.Advance(TimeSpan.FromMilliseconds(5));
                return false;
            },
            Cancellation,
            what: what);

    /// <summary>Waits until the operator has seen everything so far and has nothing more to write.</summary>
    public async Task SettleAsync()
    {
        var (version, since) = (-1L, 0);
        await EventuallyAsync(() =>
        {
            since = Server.Version == version && IsUpToDate() ? since + 1 : 0;
            version = Server.Version;
            return since >= 15;
        });
    }

    /// <summary>Lets time pass once the operator is at rest: a pass that is still under way would take what it then waits for from the later time.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await SettleAsync();
        Time.Advance(time);
    }

    public async ValueTask DisposeAsync()
    {
        await StopOperatorAsync();
        await Server.DisposeAsync();
    }

    /// <summary>The operator's writes so far, its own Lease and certificate authority, whom to trust by it, and Events apart: verb, resource, subresource.</summary>
    public IReadOnlyList<string> Writes() =>
    [
        .. Server.Writes.Where(request => request.UserAgent.StartsWith("berth-operator", StringComparison.Ordinal) && request.Resource is not ("leases" or "secrets" or "configmaps" or "events"))
            .Select(request => $"{request.Method} {request.Resource}{(request.Subresource is { } sub ? "/" + sub : "")}"),
    ];

    private bool IsUpToDate() =>
        Services.GetRequiredService<IObjectStore<VirtualMachine>>() is var machines
        && Server.VersionsOf<VirtualMachine>().All(machine => machines.Get(machine.Key)?.Metadata.ResourceVersion == machine.Value);
}

/// <summary>JSON in tests.</summary>
internal static class JsonOf
{
    public static JsonObject Patch(string json) => (JsonObject)JsonNode.Parse(json)!;

    public static string Escape(string text) => JsonEncodedText.Encode(text).ToString();
}

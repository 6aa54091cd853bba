using System.Globalization;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>Renews the node's Lease. A loop of its own, which asks nothing of libvirt: its silence means that this agent is gone, and nothing else.</summary>
internal sealed partial class HeartbeatLease(
    AgentOptions options, IKubernetesClient client, HealthChecks health, TimeProvider time, ILogger<HeartbeatLease> logger) : IBackgroundWork
{
    /// <summary>Whoever watches the Lease takes the agent for gone after a good deal more than this.</summary>
    private const int DurationSeconds = 40;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    private readonly string _name = $"hypervisor-{options.NodeName}";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Failures beat too: a process that tries is alive.
        var watchdog = health.AddWatchdog("heartbeat", TimeSpan.FromMinutes(3));
        while (true)
        {
            watchdog.Beat();
            await Task.Delay(await TryRenewAsync(cancellationToken) ? Interval : AfterFailure, time, cancellationToken);
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RenewAsync(cancellationToken);
            return true;
        }
        catch (KubernetesException e)
        {
            Log.RenewFailed(logger, _name, e);
            return false;
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        try
        {
            var spec = new JsonObject
            {
                ["holderIdentity"] = options.NodeName,
                ["leaseDurationSeconds"] = DurationSeconds,
                ["renewTime"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            };
            await client.MergePatchAsync<V1Lease>(_name, options.Namespace, new JsonObject { ["spec"] = spec }, null, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            await client.CreateAsync(New(now), cancellationToken);
        }
    }

    private V1Lease New(DateTimeOffset now) => new()
    {
        Metadata = new V1ObjectMeta { Name = _name, NamespaceProperty = options.Namespace },
        Spec = new V1LeaseSpec { HolderIdentity = options.NodeName, LeaseDurationSeconds = DurationSeconds, AcquireTime = now, RenewTime = now },
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The Lease {Lease} could not be renewed, trying again")]
        public static partial void RenewFailed(ILogger logger, string lease, Exception exception);
    }
}

using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Hypervisors;

/// <summary>Reads the agents' Leases and counts, on this process's own monotonic clock, for how long each has not changed.</summary>
/// <remarks>
/// Only time between two successful reads counts, and never more than two periods at once: what we did not see says nothing about
/// a node, and after an outage of the API server every agent first gets the time to renew. Lease times written by other clocks are never compared.
/// </remarks>
internal sealed partial class NodeHeartbeats(IKubernetesClient client, string @namespace, TimeProvider time, ILogger<NodeHeartbeats> logger)
    : INodeHeartbeats, IBackgroundWork
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly HeartbeatRecord _record = new();

    /// <summary>A node fell silent or is heard again. Called on the reader's own thread; handlers only wake keys.</summary>
    public event Action<string>? Changed;

    public NodeSilence? SilenceOf(string node)
    {
        lock (_lock)
        {
            return _record.SilenceOf(node);
        }
    }

    public StaleLease? StaleLeaseOf(string node)
    {
        lock (_lock)
        {
            return _record.StaleLeaseOf(node);
        }
    }

    public string? LeaseVersionOf(string node)
    {
        lock (_lock)
        {
            return _record.VersionOf(node);
        }
    }

    /// <summary>True while the agent of a node is heard; for those who count.</summary>
    public bool IsHeard(string node)
    {
        lock (_lock)
        {
            return _record.IsHeard(node);
        }
    }

    /// <summary>Starts from nothing each time: what an earlier term of leadership saw is too old to judge by.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _record.Clear();
        }

        using var timer = new PeriodicTimer(Period, time);
        long? lastRead = null;
        do
        {
            lastRead = await ReadAsync(lastRead, cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task<long?> ReadAsync(long? lastRead, CancellationToken cancellationToken)
    {
        try
        {
            var leases = await client.ListAsync<V1Lease>(new ListOptions { Namespace = @namespace }, cancellationToken);
            var now = time.GetTimestamp();
            var elapsed = lastRead is { } last ? time.GetElapsedTime(last, now) : TimeSpan.Zero;
            Take(leases.Items, elapsed < Period * 2 ? elapsed : Period * 2);
            return now;
        }
        catch (KubernetesException e)
        {
            Log.Unreadable(logger, e);
            return null;
        }
    }

    private void Take(IEnumerable<V1Lease> leases, TimeSpan elapsed)
    {
        IReadOnlyList<string> changed;
        lock (_lock)
        {
            changed = _record.Take(leases, elapsed);
        }

        foreach (var node in changed)
        {
            Log.Changed(logger, node, SilenceOf(node) is null ? "heard again" : "silent");
            Changed?.Invoke(node);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The agents' Leases cannot be read; nothing is concluded from that")]
        public static partial void Unreadable(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The agent of node {Node} is {State}")]
        public static partial void Changed(ILogger logger, string node, string state);
    }
}

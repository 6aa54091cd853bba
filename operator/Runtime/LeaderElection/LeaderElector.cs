using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.LeaderElection;

/// <summary>Runs work only while this process leads, by a <c>coordination.k8s.io/v1</c> Lease.</summary>
/// <remarks>
/// Time is this process's own monotonic clock: a remote clock is never compared. The work's token is cancelled as soon as
/// the Lease could not be renewed for the renew deadline, which is before anybody else may lead; the process then stands again.
/// A token is heard late by a process that was stopped meanwhile; so all other clients' writes go through a
/// <see cref="WriteFence"/>, which each renewal opens anew. The elector's own client has none.
/// </remarks>
public sealed partial class LeaderElector
{
    // How long giving the Lease back may hold up the end of the process.
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(5);

    private readonly LeaderElectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LeaseLock _lease;
    private readonly WriteFence _fence;
    private readonly Gauge.Child _leading;

    /// <param name="client">Writes the Lease; a client without a fence.</param>
    /// <param name="fence">Opened while this process leads, on the same clock as <paramref name="time"/>.</param>
    public LeaderElector(
        IKubernetesClient client, LeaderElectionOptions options, WriteFence fence, MetricFactory metrics, TimeProvider time, ILogger<LeaderElector> logger)
    {
        _options = options;
        _fence = fence;
        _time = time;
        _logger = logger;
        _lease = new LeaseLock(client, options, time);
        _leading = metrics.CreateGauge("leader_election_master_status", "1 while this process leads.", "name").WithLabels(options.Name);
        _leading.Set(0);
    }

    /// <summary>True while this process leads.</summary>
    public bool IsLeader { get; private set; }

    /// <summary>Stands for election until cancelled; whenever it leads, runs <paramref name="work"/> with a token that ends with the leadership.</summary>
    /// <remarks>Returns, or throws, when the work itself does; the Lease is given back then.</remarks>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        while (true)
        {
            var renewed = await AcquireAsync(cancellationToken);
            Log.Leading(_logger, _options.Identity);
            try
            {
                _fence.Open(renewed, _options.RenewDeadline);
                SetLeading(true);
                if (await LeadAsync(work, renewed, cancellationToken))
                {
                    return;
                }

                Log.Lost(_logger, _options.Identity);
            }
            finally
            {
                _fence.Close();
                SetLeading(false);
            }
        }
    }

    /// <summary>The time, on our clock, at which the request that made us leader was sent.</summary>
    private async Task<long> AcquireAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var sent = _time.GetTimestamp();
            if (await TryHoldAsync(leads: false, _options.RenewDeadline, cancellationToken))
            {
                return sent;
            }

            await Task.Delay(_options.RetryPeriod * (1 + (0.2 * Random.Shared.NextDouble())), _time, cancellationToken);
        }
    }

    /// <summary>Works and renews. True when the work ended by itself, false when leadership was lost.</summary>
    private async Task<bool> LeadAsync(Func<CancellationToken, Task> work, long renewed, CancellationToken cancellationToken)
    {
        using var term = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var renewing = new CancellationTokenSource();
        var working = work(term.Token);
        var renewal = RenewUntilLostAsync(renewed, renewing.Token);
        var workEnded = await Task.WhenAny(working, renewal) == working;

        // At once and before anything else: from here on somebody else may lead soon. Work that ended by itself has written all it will.
        _fence.Close();
        await term.CancelAsync();
        await renewing.CancelAsync();
        await renewal;

        // A renewal that was answered meanwhile has opened it once more.
        _fence.Close();
        try
        {
            await working;
        }
        catch (OperationCanceledException) when (term.IsCancellationRequested && !workEnded)
        {
        }
        finally
        {
            if (workEnded)
            {
                await ReleaseAsync();
            }
        }

        return workEnded;
    }

    /// <summary>Ends when the Lease could not be renewed in time, or when cancelled.</summary>
    private async Task RenewUntilLostAsync(long renewed, CancellationToken cancellationToken)
    {
        var left = _options.RenewDeadline;
        while (left > TimeSpan.Zero && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(left < _options.RetryPeriod ? left : _options.RetryPeriod, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            left = _options.RenewDeadline - _time.GetElapsedTime(renewed);
            if (left <= TimeSpan.Zero || cancellationToken.IsCancellationRequested)
            {
                return;
            }

            // Counted from before the request: its answer may be slow, others count from when it was written.
            var sent = _time.GetTimestamp();
            if (await TryHoldAsync(leads: true, left, cancellationToken))
            {
                renewed = sent;
                _fence.Open(renewed, _options.RenewDeadline);
            }
            else if (_lease.IsHeldByOther)
            {
                return;
            }

            left = _options.RenewDeadline - _time.GetElapsedTime(renewed);
        }
    }

    private async Task<bool> TryHoldAsync(bool leads, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _lease.TryHoldAsync(leads, either.Token);
        }
        catch (KubernetesException e)
        {
            Log.Failed(_logger, e);
            return false;
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task ReleaseAsync()
    {
        // Not the caller's token: that is cancelled already when a process stops, and the next leader should not have to wait.
        using var timeout = new CancellationTokenSource(ReleaseTime, _time);
        try
        {
            await _lease.ReleaseAsync(timeout.Token);
        }
        catch (Exception e) when (e is KubernetesException or OperationCanceledException)
        {
            Log.Failed(_logger, e);
        }
    }

    private void SetLeading(bool leading)
    {
        IsLeader = leading;
        _leading.Set(leading ? 1 : 0);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Identity} leads")]
        public static partial void Leading(ILogger logger, string identity);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Identity} has lost the lead; all work was stopped")]
        public static partial void Lost(ILogger logger, string identity);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The leader Lease cannot be read or written")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

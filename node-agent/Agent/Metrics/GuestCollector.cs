using System.Collections.Frozen;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Store;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Metrics;

/// <summary>Gathers the figures of all guests once for each scrape, in one call to libvirt.</summary>
/// <remarks>
/// A guest whose QEMU hangs would hold that call up, and with it the figures of all others; so would many guests that leave
/// each other no CPU. So the call has a deadline, and behind it stands another, which asks for what no guest has to answer;
/// the rest is then what the guests answered last. A call that is late goes on, and what it brings serves a later scrape.
/// One that hangs keeps its guest's job lock, and the next scrape's passes that guest over.
/// </remarks>
internal sealed partial class GuestCollector(
    IGuestStatistics statistics, IObjectStore<VirtualMachine> machines, TimeProvider time, ILogger<GuestCollector> logger)
{
    /// <summary>How long guests may take to answer. Prometheus waits 10 s for a scrape by default.</summary>
    public static readonly TimeSpan AllDeadline = TimeSpan.FromSeconds(3);

    /// <summary>How long libvirt may take to answer by itself.</summary>
    public static readonly TimeSpan KnownDeadline = TimeSpan.FromSeconds(2);

    /// <summary>How old what guests answered may be where they do not answer now.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private GuestAnswers? _answers;
    private bool _wasComplete = true;

    /// <summary>What the last scrape found.</summary>
    public GuestFigures Latest { get; private set; } = GuestFigures.None;

    /// <summary>Gathers; never fails.</summary>
    public async Task GatherAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (guests, failure) = await TryAsync(ReadAllAsync, AllDeadline, cancellationToken);
        var isComplete = guests is not null;
        var age = isComplete ? TimeSpan.Zero : (TimeSpan?)null;
        if (!isComplete)
        {
            guests = (await TryAsync(statistics.ReadKnownAsync, KnownDeadline, cancellationToken)).Answer;
            if (guests is not null && LastAnswers() is { } answers)
            {
                guests = answers.Complete(guests);
                age = time.GetElapsedTime(answers.Asked);
            }
        }

        var jobs = guests is null ? FrozenDictionary<Guid, DomainJob>.Empty : await ReadJobsAsync(cancellationToken);
        Latest = new(GuestFigures.OfMachines(machines.List(), guests, jobs), guests, isComplete, age, time.GetElapsedTime(started));
        if (isComplete != _wasComplete)
        {
            _wasComplete = isComplete;
            if (failure is not null)
            {
                Log.Incomplete(logger, guests?.Count ?? 0, failure);
            }
        }
    }

    // Goes on after a scrape has given it up.
    private async Task<IReadOnlyList<DomainStatistics>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var answers = new GuestAnswers(time.GetTimestamp(), await statistics.ReadAllAsync(cancellationToken));
        lock (_lock)
        {
            _answers = _answers?.Asked > answers.Asked ? _answers : answers;
        }

        return answers.Guests;
    }

    private GuestAnswers? LastAnswers()
    {
        lock (_lock)
        {
            return _answers is { } answers && time.GetElapsedTime(answers.Asked) <= MaxAge ? answers : null;
        }
    }

    // Jobs are no part of the bulk call: only guests that are said to migrate are asked, and only while the others answer.
    private async Task<IReadOnlyDictionary<Guid, DomainJob>> ReadJobsAsync(CancellationToken cancellationToken)
    {
        var jobs = new Dictionary<Guid, DomainJob>();
        foreach (var machine in machines.List().Where(machine => machine.Status?.State == VirtualMachineStates.Migrating))
        {
            if (!Guid.TryParse(machine.Uid(), out var id))
            {
                continue;
            }

            var (job, failure) = await TryAsync(token => statistics.FindJobAsync(id, token), KnownDeadline, cancellationToken);
            if (failure is not null)
            {
                break;
            }

            if (job is not null)
            {
                jobs[id] = job;
            }
        }

        return jobs;
    }

    private async Task<(T? Answer, Exception? Failure)> TryAsync<T>(Func<CancellationToken, Task<T>> read, TimeSpan deadline, CancellationToken cancellationToken)
        where T : class?
    {
        using var late = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            // The token drops the call while it is queued; one that libvirt has is left to itself.
            return (await read(either.Token).WaitAsync(either.Token), null);
        }
        catch (Exception e) when (e is HypervisorException or OperationCanceledException or ObjectDisposedException)
        {
            return (null, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The guests' statistics are incomplete: libvirt did not answer in time; {Guests} guests give what needs no answer of theirs, and what they answered within the last minute")]
        public static partial void Incomplete(ILogger logger, int guests, Exception exception);
    }
}

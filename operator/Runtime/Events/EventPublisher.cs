using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Events;

/// <summary>Sends core/v1 Events from a queue of its own: publishing never waits, and a failure to publish never fails what it speaks of.</summary>
/// <remarks>
/// No flood comes of it: an object has a bounded number of Events whose counts grow, and the writes for one object have a
/// budget. What is over the budget is counted and written when there is room again.
/// </remarks>
public sealed partial class EventPublisher : BackgroundService
{
    private const int MaxRemembered = 2048;

    private readonly IKubernetesClient _client;
    private readonly EventPublisherOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counter _events;
    private readonly Channel<Occurrence> _queue;
    private readonly DelayTimer<EventIdentity> _due;

    // Used by the sending loop alone.
    private readonly Recent<EventIdentity, EventTally> _tallies;
    private readonly Recent<V1ObjectReference, EventBudget> _budgets;

    public EventPublisher(IKubernetesClient client, EventPublisherOptions options, MetricFactory metrics, TimeProvider time, ILogger<EventPublisher> logger)
    {
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
        _events = metrics.CreateCounter("events_total", "Events published, by what became of them: created, counted, failed, dropped.", "outcome");
        _queue = Channel.CreateBounded<Occurrence>(
            new BoundedChannelOptions(options.QueueSize) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => _events.WithLabels("dropped").Inc());
        _tallies = new(MaxRemembered, tally => tally.Unwritten == 0 && time.GetElapsedTime(tally.LastSeen) > options.RefillTime, tally => tally.LastSeen);
        _budgets = new(MaxRemembered, budget => budget.IsFull, budget => budget.LastUsed);
        _due = new DelayTimer<EventIdentity>(time, due => _queue.Writer.TryWrite(new Occurrence(due, null)));
    }

    /// <summary>Reports something that happened to an object. Publish transitions, not states: once per change.</summary>
    public void Publish(IKubernetesObject<V1ObjectMeta> entity, EventType type, string reason, string message)
    {
        var reference = new V1ObjectReference
        {
            ApiVersion = entity.ApiVersion,
            Kind = entity.Kind,
            Name = entity.Name(),
            Namespace = entity.Namespace(),
            Uid = entity.Uid(),
        };
        _queue.Writer.TryWrite(new Occurrence(EventIdentity.Of(reference, type, reason, message), message));
    }

    public override void Dispose()
    {
        _due.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var occurrence in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await TakeAsync(occurrence, stoppingToken);
            }
            catch (KubernetesException e)
            {
                _events.WithLabels("failed").Inc();
                var (reason, about) = (occurrence.Identity.Reason, occurrence.Identity.Object);
                Log.Failed(_logger, reason, about.Kind, about.Namespace, about.Name, e);
            }
        }
    }

    private async Task TakeAsync(Occurrence occurrence, CancellationToken cancellationToken)
    {
        var identity = occurrence.Identity;
        if (occurrence.Message is { } message)
        {
            _tallies.GetOrAdd(identity, () => new EventTally(identity.NameFor(_options))).Add(message, _time);
        }

        if (_tallies.TryGet(identity, out var tally) && tally.Unwritten > 0 && IsDue(identity, tally))
        {
            await WriteAsync(identity, tally, cancellationToken);
        }
    }

    /// <summary>Takes a write from the object's budget; false when there is none, or the Event was just written: then it is written when its time has come.</summary>
    private bool IsDue(EventIdentity identity, EventTally tally)
    {
        var sinceWritten = tally.LastWritten is { } written ? _time.GetElapsedTime(written) : _options.UpdatePeriod;
        var budget = _budgets.GetOrAdd(identity.Object, () => new EventBudget(_options, _time));
        var (wait, none) = (_options.UpdatePeriod - sinceWritten, budget.Wait());
        wait = wait > none ? wait : none;
        if (wait > TimeSpan.Zero)
        {
            _due.Set(identity, wait);
            return false;
        }

        budget.Take();
        return true;
    }

    private async Task WriteAsync(EventIdentity identity, EventTally tally, CancellationToken cancellationToken)
    {
        // As of now, not of when the answer comes: that may be long after.
        var stamp = _time.GetTimestamp();
        if (tally.Written > 0)
        {
            if (await PatchAsync(identity, tally, tally.Written + tally.Unwritten, cancellationToken) is not null)
            {
                tally.WroteAll(stamp);
                _events.WithLabels("counted").Inc();
                return;
            }

            tally.Lost(); // the server has let it expire
        }

        try
        {
            await _client.CreateAsync(ToEvent(identity, tally), cancellationToken);
            tally.WroteAll(stamp);
            _events.WithLabels("created").Inc();
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            await GoOnCountingAsync(identity, tally, stamp, cancellationToken);
        }
    }

    /// <summary>The Event is from before this process started. Its count comes with the answer to a patch, which needs no permission to read; ours is added at the next write.</summary>
    private async Task GoOnCountingAsync(EventIdentity identity, EventTally tally, long stamp, CancellationToken cancellationToken)
    {
        if (await PatchAsync(identity, tally, count: null, cancellationToken) is { } found)
        {
            tally.Found(Math.Max(1, found.Count ?? 1), stamp);
            _due.Set(identity, _options.UpdatePeriod);
        }
    }

    /// <summary>The Event as it is afterwards; null when there is none.</summary>
    private async Task<CoreEvent?> PatchAsync(EventIdentity identity, EventTally tally, int? count, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["lastTimestamp"] = tally.LastTime.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["message"] = tally.Message,
        };
        if (count is { } known)
        {
            patch["count"] = known;
        }

        try
        {
            return await _client.MergePatchAsync<CoreEvent>(tally.Name, NamespaceOf(identity), patch, null, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    private CoreEvent ToEvent(EventIdentity identity, EventTally tally) => new()
    {
        Metadata = new V1ObjectMeta { Name = tally.Name, NamespaceProperty = NamespaceOf(identity) },
        InvolvedObject = identity.Object,
        Type = identity.Type.ToString(),
        Reason = identity.Reason,
        Message = tally.Message,
        Count = tally.Unwritten,
        FirstTimestamp = tally.FirstTime,
        LastTimestamp = tally.LastTime,
        Source = new V1EventSource { Component = _options.Component, Host = _options.Host },
        ReportingComponent = _options.Component,
        ReportingInstance = _options.Host,
    };

    // Events of cluster-scoped objects live in "default".
    private static string NamespaceOf(EventIdentity identity) => identity.Object.Namespace ?? "default";

    /// <summary>Something that happened; without a message a reminder that its Event is to be written.</summary>
    private sealed record Occurrence(EventIdentity Identity, string? Message);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Reason} of {Kind} {Namespace}/{Name} could not be published")]
        public static partial void Failed(ILogger logger, string reason, string? kind, string? @namespace, string? name, Exception exception);
    }
}

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
public sealed partial class EventPublisher : BackgroundService
{
    private const int MaxRemembered = 2048;

    private readonly IKubernetesClient _client;
    private readonly EventPublisherOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counter _events;
    private readonly Channel<Occurrence> _queue;
    private readonly DelayTimer<Occurrence> _updates;

    // Used by the sending loop alone.
    private readonly Dictionary<Occurrence, Sent> _sent = [];

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
        _updates = new DelayTimer<Occurrence>(time, due => _queue.Writer.TryWrite(due with { IsUpdate = true }));
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
        _queue.Writer.TryWrite(new Occurrence(reference, type, reason, message));
    }

    public override void Dispose()
    {
        _updates.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var occurrence in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SendAsync(occurrence, stoppingToken);
            }
            catch (KubernetesException e)
            {
                _events.WithLabels("failed").Inc();
                Log.Failed(_logger, occurrence.Reason, occurrence.Object.Kind, occurrence.Object.Namespace, occurrence.Object.Name, e);
            }
        }
    }

    private async Task SendAsync(Occurrence occurrence, CancellationToken cancellationToken)
    {
        var isUpdate = occurrence.IsUpdate;
        occurrence = occurrence with { IsUpdate = false };
        if (!_sent.TryGetValue(occurrence, out var sent) || _time.GetElapsedTime(sent.LastSeen) > _options.AggregationTime)
        {
            if (!isUpdate)
            {
                await CreateAsync(occurrence, cancellationToken);
            }

            return;
        }

        if (!isUpdate)
        {
            sent.Count++;
            sent.LastSeen = _time.GetTimestamp();
            sent.LastTime = _time.GetUtcNow();
        }

        if (sent.Count > sent.WrittenCount)
        {
            await CountAsync(occurrence, sent, cancellationToken);
        }
    }

    private async Task CreateAsync(Occurrence occurrence, CancellationToken cancellationToken)
    {
        // As of now, not of when the answer comes: that may be long after what is reported.
        var (now, stamp) = (_time.GetUtcNow(), _time.GetTimestamp());
        var created = await _client.CreateAsync(ToEvent(occurrence, now), cancellationToken);
        _events.WithLabels("created").Inc();
        if (_sent.Count >= MaxRemembered)
        {
            ForgetOldest();
        }

        _sent[occurrence] = new Sent(created.Key()) { Count = 1, WrittenCount = 1, LastSeen = stamp, LastWritten = stamp, LastTime = now };
    }

    /// <summary>Writes the grown count, or sees to it that it is written when its time has come.</summary>
    private async Task CountAsync(Occurrence occurrence, Sent sent, CancellationToken cancellationToken)
    {
        var wait = _options.UpdatePeriod - _time.GetElapsedTime(sent.LastWritten);
        if (wait > TimeSpan.Zero)
        {
            _updates.Set(occurrence, wait);
            return;
        }

        var patch = new JsonObject { ["count"] = sent.Count, ["lastTimestamp"] = TimeText(sent.LastTime) };
        try
        {
            await _client.MergePatchAsync<CoreEvent>(sent.Key.Name, sent.Key.Namespace, patch, null, cancellationToken);
            sent.WrittenCount = sent.Count;
            sent.LastWritten = _time.GetTimestamp();
            _events.WithLabels("counted").Inc();
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            // The server has let the first one expire.
            _sent.Remove(occurrence);
            await CreateAsync(occurrence, cancellationToken);
        }
    }

    private CoreEvent ToEvent(Occurrence occurrence, DateTimeOffset now)
    {
        var name = occurrence.Object.Name ?? "";
        return new CoreEvent
        {
            Metadata = new V1ObjectMeta
            {
                // Names are unique per occurrence, and short enough with any object's name.
                Name = $"{(name.Length > 200 ? name[..200] : name)}.{Guid.NewGuid():N}",

                // Events of cluster-scoped objects live in "default".
                NamespaceProperty = occurrence.Object.Namespace ?? "default",
            },
            InvolvedObject = occurrence.Object,
            Type = occurrence.Type.ToString(),
            Reason = occurrence.Reason,
            Message = occurrence.Message.Length > 1024 ? occurrence.Message[..1024] : occurrence.Message,
            Count = 1,
            FirstTimestamp = now,
            LastTimestamp = now,
            Source = new V1EventSource { Component = _options.Component, Host = _options.Host },
            ReportingComponent = _options.Component,
            ReportingInstance = _options.Host,
        };
    }

    private void ForgetOldest()
    {
        foreach (var (occurrence, _) in _sent.OrderBy(pair => pair.Value.LastSeen).Take(MaxRemembered / 2).ToArray())
        {
            _sent.Remove(occurrence);
        }
    }

    private static string TimeText(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Something that happened; equal when it is the same thing again.</summary>
    private sealed record Occurrence(V1ObjectReference Object, EventType Type, string Reason, string Message)
    {
        /// <summary>No new occurrence: a reminder that the count is to be written.</summary>
        public bool IsUpdate { get; init; }
    }

    /// <summary>An event that was created, and how often it has occurred since.</summary>
    private sealed class Sent(ObjectKey key)
    {
        public ObjectKey Key { get; } = key;

        public int Count { get; set; }

        public int WrittenCount { get; set; }

        public long LastSeen { get; set; }

        public long LastWritten { get; set; }

        public DateTimeOffset LastTime { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Event {Reason} of {Kind} {Namespace}/{Name} could not be published")]
        public static partial void Failed(ILogger logger, string reason, string? kind, string? @namespace, string? name, Exception exception);
    }
}

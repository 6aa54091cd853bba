namespace Berth.Runtime.Events;

/// <summary>Who reports events.</summary>
public sealed record EventPublisherOptions(string Component)
{
    /// <summary>The node that reports; null where that says nothing.</summary>
    public string? Host { get; init; }

    /// <summary>Events that wait to be sent; more than this are dropped and counted. Default 1000.</summary>
    public int QueueSize { get; init; } = 1000;

    /// <summary>A repeated event is counted on the first one for this long. Default 10 min.</summary>
    public TimeSpan AggregationTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The count of a repeated event is written at most this often. Default 5 s.</summary>
    public TimeSpan UpdatePeriod { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The two types of event.</summary>
public enum EventType
{
    Normal,
    Warning,
}

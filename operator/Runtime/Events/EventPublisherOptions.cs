namespace Berth.Runtime.Events;

/// <summary>Who reports events.</summary>
public sealed record EventPublisherOptions(string Component)
{
    /// <summary>The node that reports; null where that says nothing.</summary>
    public string? Host { get; init; }

    /// <summary>Events that wait to be sent; more than this are dropped and counted. Default 1000.</summary>
    public int QueueSize { get; init; } = 1000;

    /// <summary>The count of a repeated event is written at most this often. Default 5 s.</summary>
    public TimeSpan UpdatePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Writes that the events of one object may make at once. Default 25.</summary>
    public int Burst { get; init; } = 25;

    /// <summary>Time after which the events of one object may make one more write. Default 5 min.</summary>
    public TimeSpan RefillTime { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>The two types of event.</summary>
public enum EventType
{
    Normal,
    Warning,
}

namespace Berth.Runtime.Events;

/// <summary>One Event: what has happened, and what of it stands at the API server.</summary>
internal sealed class EventTally(string name)
{
    private const int MaxMessage = 1024;
    private const string Combined = "(combined from similar events): ";

    public string Name { get; } = name;

    /// <summary>The newest message; where there were others, it says so.</summary>
    public string Message { get; private set; } = "";

    /// <summary>Occurrences that the API server knows of; 0 when it has no such Event as far as is known.</summary>
    public int Written { get; private set; }

    /// <summary>Occurrences that it does not know of yet.</summary>
    public int Unwritten { get; private set; }

    public DateTimeOffset FirstTime { get; private set; }

    public DateTimeOffset LastTime { get; private set; }

    public long LastSeen { get; private set; }

    /// <summary>When it was last written; null for never.</summary>
    public long? LastWritten { get; private set; }

    public void Add(string message, TimeProvider time)
    {
        // Messages of one slot that differ are rare, and more of them do not make the text longer.
        var differs = Message.Length > 0 && Cut(message) != Message;
        Message = differs ? Cut(Combined + message) : Cut(message);
        (LastTime, LastSeen) = (time.GetUtcNow(), time.GetTimestamp());
        FirstTime = Unwritten == 0 && Written == 0 ? LastTime : FirstTime;
        Unwritten++;
    }

    /// <summary>All occurrences so far stand at the API server.</summary>
    public void WroteAll(long stamp) => (Written, Unwritten, LastWritten) = (Written + Unwritten, 0, stamp);

    /// <summary>The Event is there from before and has this count, our own occurrences not among them.</summary>
    public void Found(int count, long stamp) => (Written, LastWritten) = (count, stamp);

    /// <summary>The API server has let the Event go: what it knew of is past.</summary>
    public void Lost() => (Written, FirstTime) = (0, LastTime);

    private static string Cut(string message) => message.Length > MaxMessage ? message[..MaxMessage] : message;
}

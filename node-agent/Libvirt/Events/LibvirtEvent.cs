namespace Berth.Libvirt;

/// <summary>Something happened: it says what to look at again, not how things are now.</summary>
public abstract record LibvirtEvent;

/// <summary>The connection is gone; calls fail until <see cref="ConnectionRestored"/>, and events of the meantime are lost.</summary>
public sealed record ConnectionLost(string Reason) : LibvirtEvent;

/// <summary>The connection is back and events flow again: list everything anew.</summary>
public sealed record ConnectionRestored : LibvirtEvent;

/// <summary>The reader was too slow and events were dropped: list everything anew.</summary>
public sealed record EventsDropped : LibvirtEvent;

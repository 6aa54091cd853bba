namespace Berth.Libvirt;

/// <summary>How a connection is opened, kept and given up.</summary>
public sealed record LibvirtConnectionOptions
{
    /// <summary>How long a call that the daemon or a guest answers may take before its task fails. Default 40 s, which outlasts libvirt's own wait for a domain's job lock (30 s).</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>The same for start, destroy, save and storage work. Default 10 min. Migrations and volume copies have no limit but the ping's.</summary>
    public TimeSpan LongCallTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long <see cref="LibvirtConnection.OpenAsync"/> waits for the first connection. Default 10 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long disposal waits for an orderly close. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the daemon is asked for a sign of life. Default 5 s; <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the daemon may owe its answer before the connection counts as lost, failing all its running calls. Default 25 s.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The shortest pause before a new attempt to connect. Default 100 ms; doubles, with jitter, up to <see cref="MaximumBackoff"/>.</summary>
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between attempts to connect. Default 10 s.</summary>
    public TimeSpan MaximumBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Threads shared with other connections; without one the connection has its own.</summary>
    public LibvirtDispatcher? Dispatcher { get; init; }

    /// <summary>How many events a subscription keeps for a slow reader before it drops some and says so. Default 16384.</summary>
    public int EventCapacity { get; init; } = 16384;

    /// <summary>The clock of timeouts and back-off.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

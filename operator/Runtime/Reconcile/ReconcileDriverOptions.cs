namespace Berth.Runtime.Reconcile;

/// <summary>When objects that wait are looked at again although nothing woke them.</summary>
public sealed record ReconcileDriverOptions
{
    /// <summary>For a Wait without a time of its own. Default 5 min: a missed wake-up heals.</summary>
    public TimeSpan WaitRecheck { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For a Stall. Null, the default, leaves it to the next generation, the watches and the controller's resync.</summary>
    public TimeSpan? StallRecheck { get; init; }
}

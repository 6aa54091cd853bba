namespace Berth.Runtime.Reconcile;

/// <summary>When objects that wait are looked at again although nothing woke them.</summary>
public sealed record ReconcileDriverOptions
{
    /// <summary>For a Wait without a time of its own. Default 5 min: a missed wake-up heals.</summary>
    public TimeSpan WaitRecheck { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>After which time a Wait, or a fault that comes back, is told as Stalled and no longer as Reconciling. Default 10 min, as a Deployment's. It is worked on as ever.</summary>
    public TimeSpan ProgressDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For a Stall. Null, the default, leaves it to the next generation, the watches and the controller's resync.</summary>
    public TimeSpan? StallRecheck { get; init; }
}

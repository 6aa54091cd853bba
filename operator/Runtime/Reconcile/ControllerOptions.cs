using Berth.Runtime.Queue;

namespace Berth.Runtime.Reconcile;

/// <summary>How a controller works through its keys.</summary>
public sealed record ControllerOptions
{
    /// <summary>Keys worked on at the same time. Default 10.</summary>
    public int MaxConcurrentReconciles { get; init; } = 10;

    /// <summary>Every key that is done comes back after about this time; null for never. Default 1 h.</summary>
    public TimeSpan? ResyncPeriod { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Delays after failures. Default 5 ms to 5 min.</summary>
    public BackOff BackOff { get; init; } = BackOff.Default;
}

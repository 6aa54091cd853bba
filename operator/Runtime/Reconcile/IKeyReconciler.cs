using System.Diagnostics;
using Berth.Kubernetes;

namespace Berth.Runtime.Reconcile;

/// <summary>Brings whatever a key names to what it should be. Objects with a status of ours use <see cref="ReconcileDriver{TEntity, TStatus, TScope}"/>.</summary>
public interface IKeyReconciler
{
    /// <summary>One pass. An exception brings the key back after a back-off.</summary>
    Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>The trace that a pass over this key belongs to; default for one of its own.</summary>
    ActivityContext TraceOf(ObjectKey key) => default;
}

/// <summary>When a key wants to come back although nothing wakes it.</summary>
public readonly record struct ReconcileResult
{
    /// <summary>Only when something wakes it, or at the next resync.</summary>
    public static readonly ReconcileResult Done;

    /// <summary>There is nothing of this key: not even a resync brings it back, only something that wakes it.</summary>
    public static readonly ReconcileResult Gone = new() { IsGone = true };

    /// <summary>After a back-off: what it worked on changed under its hands.</summary>
    public static readonly ReconcileResult Again = new() { IsRetry = true };

    /// <summary>True for a retry with back-off.</summary>
    public bool IsRetry { get; private init; }

    /// <summary>True when no resync is wanted.</summary>
    public bool IsGone { get; private init; }

    /// <summary>After this time; null for never of itself.</summary>
    public TimeSpan? RequeueAfter { get; private init; }

    /// <summary>What ended the pass, where it was reported rather than thrown; retried with back-off.</summary>
    public Exception? Error { get; private init; }

    public static ReconcileResult After(TimeSpan delay) => new() { RequeueAfter = delay };

    internal static ReconcileResult Failed(Exception error) => new() { IsRetry = true, Error = error };
}

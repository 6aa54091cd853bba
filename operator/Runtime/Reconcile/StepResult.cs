namespace Berth.Runtime.Reconcile;

/// <summary>How a step, or a whole pass, came out.</summary>
public enum StepOutcome
{
    /// <summary>The next step runs; after the last one the pass is done.</summary>
    Continue,

    /// <summary>Everything is as it should be; the steps after this one do not run.</summary>
    Done,

    /// <summary>Something else must happen first; its change, or the delay, wakes the key.</summary>
    Wait,

    /// <summary>The spec cannot work as it is; the next generation, or what it names, wakes the key.</summary>
    Stall,

    /// <summary>An exception ended the pass; the key comes back after a back-off. Set by the driver only.</summary>
    Fault,
}

/// <summary>An expected outcome of a step, as a value. Faults are exceptions.</summary>
public sealed record StepResult
{
    /// <summary>Go on with the next step.</summary>
    public static readonly StepResult Continue = new(StepOutcome.Continue, "", "");

    /// <summary>Nothing more to do.</summary>
    public static readonly StepResult Done = new(StepOutcome.Done, "", "");

    private StepResult(StepOutcome outcome, string reason, string message) => (Outcome, Reason, Message) = (outcome, reason, message);

    public StepOutcome Outcome { get; }

    /// <summary>A CamelCase word for programs; empty for Continue and Done.</summary>
    public string Reason { get; }

    /// <summary>A sentence for people; empty for Continue and Done.</summary>
    public string Message { get; }

    /// <summary>Look again after this time at the latest, whether anything wakes the key or not.</summary>
    public TimeSpan? After { get; private init; }

    /// <summary>For how long this Wait is too ordinary to be written to the status.</summary>
    public TimeSpan QuietFor { get; private init; }

    /// <summary>True for a Wait that is progress however long it lasts; others are told as Stalled after <see cref="ReconcileDriverOptions.ProgressDeadline"/>.</summary>
    public bool MayLast { get; private init; }

    /// <summary>What ended the pass, where the outcome is a Fault.</summary>
    public Exception? Exception { get; private init; }

    public bool IsContinue => Outcome is StepOutcome.Continue;

    public bool IsDone => Outcome is StepOutcome.Done;

    public bool IsWait => Outcome is StepOutcome.Wait;

    public bool IsStall => Outcome is StepOutcome.Stall;

    public bool IsFault => Outcome is StepOutcome.Fault;

    /// <summary>Done for now; look again after this time.</summary>
    public static StepResult DoneFor(TimeSpan after) => Done with { After = after };

    /// <summary>Something else must happen first. Without <paramref name="after"/> its own change must wake the key.</summary>
    public static StepResult Wait(string reason, string message, TimeSpan? after = null) => new(StepOutcome.Wait, reason, message) { After = after };

    /// <summary>The spec cannot work as it is. With <paramref name="after"/> it is looked at again then; without, what wakes the key is enough.</summary>
    public static StepResult Stall(string reason, string message, TimeSpan? after = null) => new(StepOutcome.Stall, reason, message) { After = after };

    /// <summary>This Wait writes no status until it has lasted for <paramref name="time"/>: for waits that normally end in a moment, and whose report would cost a write per object.</summary>
    public StepResult Quietly(TimeSpan time) => this with { QuietFor = time };

    /// <summary>This Wait is progress however long it lasts, such as that for a grace period or a download.</summary>
    public StepResult AsLongAsItTakes() => this with { MayLast = true };

    internal static StepResult Fault(Exception exception) => new(StepOutcome.Fault, RuntimeReasons.Error, exception.Message) { Exception = exception };
}

/// <summary>Reasons that the driver itself gives.</summary>
public static class RuntimeReasons
{
    /// <summary>The last pass ended in an exception and is tried again.</summary>
    public const string Error = "Error";
}

/// <summary>One named step of a pass. Every step may run again at any time and must then find its work done.</summary>
public delegate Task<StepResult> Step<in TScope>(TScope scope, CancellationToken cancellationToken);

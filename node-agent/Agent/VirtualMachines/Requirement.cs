using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Whether something that a VM needs is there, and if not, why.</summary>
internal sealed record Requirement
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <summary>Waits that normally end in a moment are not worth a write to the status.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    private Requirement(bool isMet, bool isHopeless, string reason, string message) => (IsMet, IsHopeless, Reason, Message) = (isMet, isHopeless, reason, message);

    /// <summary>It is there.</summary>
    public static Requirement Met { get; } = new(true, false, "", "");

    /// <summary>True when it is there.</summary>
    public bool IsMet { get; }

    /// <summary>True when it will not come by itself.</summary>
    public bool IsHopeless { get; }

    /// <summary>A CamelCase word for programs.</summary>
    public string Reason { get; }

    /// <summary>A sentence for people.</summary>
    public string Message { get; }

    /// <summary>When it is looked at again although nothing woke the VM; null for the ordinary time.</summary>
    public TimeSpan? LookAgainAfter { get; init; }

    /// <summary>It is on its way.</summary>
    public static Requirement Pending(string reason, string message) => new(false, false, reason, message);

    /// <summary>It will not come before somebody changes something.</summary>
    public static Requirement Hopeless(string reason, string message) => new(false, true, reason, message);

    /// <summary>The first that is not met, hopeless ones before others; met when all are.</summary>
    public static Requirement All(IEnumerable<Requirement> requirements) =>
        requirements.Where(requirement => !requirement.IsMet).OrderByDescending(requirement => requirement.IsHopeless).FirstOrDefault() ?? Met;

    /// <summary>The outcome of the step that needs it.</summary>
    public StepResult ToStep() => this switch
    {
        { IsMet: true } => StepResult.Continue,
        { IsHopeless: true } => StepResult.Stall(Reason, Message, LookAgainAfter),
        _ => StepResult.Wait(Reason, Message, LookAgainAfter ?? LookAgain).Quietly(Moment),
    };
}

namespace Berth.Runtime.Conditions;

/// <summary>The condition types that kstatus reads and that belong to whoever owns the status.</summary>
internal static class KstatusConditions
{
    /// <summary>True: the object is as its spec asks.</summary>
    public const string Ready = "Ready";

    /// <summary>Present, and True, only while work towards the spec goes on.</summary>
    public const string Reconciling = "Reconciling";

    /// <summary>Present, and True, only while the spec cannot work as it is, or what it waits for has not come within <c>ProgressDeadline</c>.</summary>
    public const string Stalled = "Stalled";
}

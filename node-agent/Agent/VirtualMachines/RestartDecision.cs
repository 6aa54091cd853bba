using Berth.Api;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What becomes of a VM whose guest is off although it should run.</summary>
internal enum AfterEnd
{
    /// <summary>It is started; nothing says that the guest ended by itself.</summary>
    Start,

    /// <summary>It is started again, as restartPolicy says.</summary>
    Restart,

    /// <summary>It stays off: the guest switched itself off, and restartPolicy leaves it so.</summary>
    Complete,

    /// <summary>It stays off: the guest crashed, and restartPolicy leaves it so.</summary>
    Crash,
}

/// <summary>Decides by how the domain ended and by the VM's restartPolicy.</summary>
internal static class RestartDecision
{
    public static AfterEnd Of(string restartPolicy, DomainEnd end) => (end, restartPolicy) switch
    {
        // Only defined, or the host went down with it: the guest did not end by itself.
        (DomainEnd.Unknown or DomainEnd.Failed, _) => AfterEnd.Start,
        (_, RestartPolicies.Always) => AfterEnd.Restart,
        (DomainEnd.Crashed, RestartPolicies.OnFailure) => AfterEnd.Restart,
        (DomainEnd.Crashed, _) => AfterEnd.Crash,
        _ => AfterEnd.Complete,
    };
}

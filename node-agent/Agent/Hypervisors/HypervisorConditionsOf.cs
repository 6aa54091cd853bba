using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Preflight;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>The node's conditions, as functions of what a pass knows.</summary>
internal static class HypervisorConditionsOf
{
    /// <summary>Neither KVM works nor is emulation asked for; the message says why.</summary>
    public const string NoAccelerator = "NoAccelerator";

    public static IEnumerable<Condition> All(HypervisorScope scope, StepResult outcome)
    {
        var libvirt = LibvirtAvailable(scope);
        var accelerator = AcceleratorAvailable(scope);
        yield return Ready(libvirt, accelerator, outcome);
        yield return libvirt;
        yield return accelerator;
        if (OrphanDomains(scope) is { } orphans)
        {
            yield return orphans;
        }

        if (MemoryOvercommitted(scope) is { } overcommitted)
        {
            yield return overcommitted;
        }

        if (GuestsProtected(scope) is { } guarded)
        {
            yield return guarded;
        }

        foreach (var condition in Preflight(scope))
        {
            yield return condition;
        }
    }

    // What a pass could not find out, such as libvirt's version, stays as it was.
    public static IEnumerable<Condition> Preflight(HypervisorScope scope)
    {
        var found = scope.Facts is { } facts ? PreflightConditions.Of(facts).ToDictionary(condition => condition.Type, StringComparer.Ordinal) : [];
        foreach (var type in HypervisorConditions.Setup)
        {
            var stays = scope.Facts is null || type == HypervisorConditions.VersionsSupported;
            if ((found.GetValueOrDefault(type) ?? (stays ? scope.Entity.Status?.Conditions.Find(type) : null)) is { } condition)
            {
                yield return condition;
            }
        }
    }

    public static Condition Ready(Condition libvirt, Condition accelerator, StepResult outcome) =>
        outcome.IsFault ? Condition.Unknown(ConditionTypes.Ready, outcome.Reason, outcome.Message)
        : new[] { libvirt, accelerator }.FirstOrDefault(condition => condition.Status != ConditionStatus.True) is { } missing
            ? Condition.False(ConditionTypes.Ready, missing.Reason, missing.Message)
            : Condition.True(ConditionTypes.Ready, ConditionReasons.Succeeded, "The node can run VMs.");

    public static Condition LibvirtAvailable(HypervisorScope scope) => scope switch
    {
        { LibvirtFailure: { } failure } => Condition.False(HypervisorConditions.LibvirtAvailable, VirtualMachineReasons.LibvirtUnavailable, failure),
        { Versions: null } => Condition.Unknown(HypervisorConditions.LibvirtAvailable, VirtualMachineReasons.LibvirtUnavailable, "libvirt was not asked."),
        _ => Condition.True(HypervisorConditions.LibvirtAvailable, ConditionReasons.Succeeded, "libvirt answers."),
    };

    public static Condition AcceleratorAvailable(HypervisorScope scope) => scope.Accelerator switch
    {
        null => Condition.Unknown(HypervisorConditions.AcceleratorAvailable, ConditionReasons.Progressing, "KVM is being checked."),
        { IsAvailable: true } accelerator => Condition.True(HypervisorConditions.AcceleratorAvailable, ConditionReasons.Succeeded, accelerator.Reason),
        { } accelerator => Condition.False(HypervisorConditions.AcceleratorAvailable, NoAccelerator, accelerator.Reason),
    };

    // The figures change all the time, and each change of the message would be a write: it names none.
    public static Condition? MemoryOvercommitted(HypervisorScope scope) => scope.Memory switch
    {
        null => scope.Entity.Status?.Conditions.Find(HypervisorConditions.MemoryOvercommitted),
        { IsOvercommitted: true } => Condition.True(
            HypervisorConditions.MemoryOvercommitted,
            "PromisedExceedsAvailable",
            "Guests that run may come to take more memory than the node has left; no guest is started here, and those that run may be swapped out or killed by the kernel."),
        _ => null,
    };

    public static Condition? GuestsProtected(HypervisorScope scope) => scope.Unprotected switch
    {
        null => scope.Entity.Status?.Conditions.Find(HypervisorConditions.GuestsProtected),
        [] => Condition.True(
            HypervisorConditions.GuestsProtected,
            ConditionReasons.Succeeded,
            "Guests are in a partition of their own, their memory is taken last, and the out-of-memory killer spares them."),
        var gaps => Condition.False(HypervisorConditions.GuestsProtected, "NotPossible", string.Join(' ', gaps)),
    };

    // What libvirt did not say, stays as it was.
    public static Condition? OrphanDomains(HypervisorScope scope) => scope.Census switch
    {
        null => scope.Entity.Status?.Conditions.Find(HypervisorConditions.OrphanDomains),
        { Counts.Orphans: > 0 } census => Condition.True(
            HypervisorConditions.OrphanDomains,
            "VirtualMachineNotFound",
            $"{census.Counts.Orphans} domains of this cluster have no VirtualMachine; they are left running: {string.Join(", ", census.Orphans.Select(domain => domain.Name))}."),
        _ => null,
    };
}

using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>What is said about fields of a VM's spec that whoever reads it does not know.</summary>
public static class UnknownFieldsCondition
{
    /// <summary>The condition UnknownFields; null where every field is known.</summary>
    public static Condition? Of(VirtualMachine machine, bool guestRuns) => machine.UnknownFields.Count == 0
        ? null
        : Condition.True(VirtualMachineConditions.UnknownFields, ConditionReasons.UnknownField, $"{Names(machine)} {(guestRuns
            ? "The guest goes on as it is, and is not started again before a newer version reads this or it is taken out."
            : "The guest is not started before a newer version reads this or it is taken out.")}");

    /// <summary>A sentence with the fields' paths; null where every field is known.</summary>
    public static string? Objection(VirtualMachine machine) => machine.UnknownFields.Count == 0 ? null : Names(machine);

    private static string Names(VirtualMachine machine) =>
        $"This version of Berth (API level {BerthApi.ApiLevel}) does not know {string.Join(", ", machine.UnknownFields)}.";
}

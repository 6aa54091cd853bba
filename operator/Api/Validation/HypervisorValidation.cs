namespace Berth.Api;

/// <summary>What stands against a Hypervisor's spec.</summary>
public static class HypervisorValidation
{
    // The heartbeat is the Lease hypervisor-NODE, whose name has at most 253 characters.
    private const int MaxName = 253 - 11;

    /// <summary>All findings; none when the spec can be carried out. Never throws.</summary>
    public static IReadOnlyList<FieldFinding> Check(Hypervisor? hypervisor)
    {
        var findings = new FieldFindings();
        findings.Unknown(hypervisor?.UnknownFields);
        var name = hypervisor?.Metadata?.Name;
        findings.ObjectName("metadata.name", name, "a Node", required: true);
        if (name?.Length > MaxName)
        {
            findings.Invalid("metadata.name", $"has more than {MaxName} characters; the node's Lease could not be named after it.");
        }

        if (hypervisor?.Spec?.Fenced is { } fenced && !IsUuid(fenced))
        {
            findings.Invalid("spec.fenced", "is no boot id: copy status.bootId of the boot that is off, or leave the field out.");
        }

        foreach (var (index, uuid) in (hypervisor?.Spec?.RemoveOrphans ?? []).Index())
        {
            if (!IsUuid(uuid))
            {
                findings.Invalid($"spec.removeOrphans[{index}]", "is no UUID: copy the uuid of an entry of status.orphans.");
            }
        }

        return findings.All;
    }

    private static bool IsUuid(string? text) => Guid.TryParseExact(text, "D", out var id) && id != Guid.Empty;
}

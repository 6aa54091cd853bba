namespace Berth.Api;

/// <summary>What stands against a Hypervisor's spec: fields that this version does not carry out.</summary>
public static class HypervisorValidation
{
    // The heartbeat is the Lease hypervisor-NODE, whose name has at most 253 characters.
    private const int MaxName = 253 - 11;

    /// <summary>All findings; none when the spec can be carried out. Never throws.</summary>
    public static IReadOnlyList<FieldFinding> Check(Hypervisor? hypervisor)
    {
        var findings = new FieldFindings();
        var name = hypervisor?.Metadata?.Name;
        findings.ObjectName("metadata.name", name, "a Node", required: true);
        if (name?.Length > MaxName)
        {
            findings.Invalid("metadata.name", $"has more than {MaxName} characters; the node's Lease could not be named after it.");
        }

        if (!string.IsNullOrEmpty(hypervisor?.Spec?.Fenced))
        {
            findings.NotSupported("spec.fenced", "declaring a node switched off for good");
        }

        return findings.All;
    }
}

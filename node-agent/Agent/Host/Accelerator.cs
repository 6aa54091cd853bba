namespace Berth.NodeAgent.Host;

/// <summary>What runs guests on this node, and why.</summary>
/// <param name="Type">kvm, tcg or none.</param>
/// <param name="Reason">A sentence for people.</param>
internal sealed record Accelerator(string Type, string Reason)
{
    /// <summary>True when guests can run.</summary>
    public bool IsAvailable => Type != Accelerators.None;

    /// <summary>Decides by what was asked for and by what the KVM device showed. Emulation is only ever used where it was asked for.</summary>
    public static Accelerator Decide(string asked, KvmCheck check) => (asked, check.Passed) switch
    {
        (Accelerators.Tcg, _) => new(Accelerators.Tcg, "Emulation was asked for by --accelerator=tcg."),
        (_, true) => new(Accelerators.Kvm, check.Message),
        (Accelerators.Kvm, false) => new(Accelerators.None, $"--accelerator=kvm, and KVM's check failed: {check.Message}"),
        _ => new(Accelerators.None, $"KVM's check failed, and emulation was not asked for: {check.Message}"),
    };
}

/// <summary>How the KVM device did when it was used.</summary>
internal sealed record KvmCheck(bool Passed, string Message);

/// <summary>The KVM device of the host.</summary>
internal interface IKvm
{
    /// <summary>Uses the device: its version, its extensions, and a few instructions of a guest.</summary>
    Task<KvmCheck> CheckAsync(CancellationToken cancellationToken);
}

namespace Berth.NodeAgent.Host;

/// <summary>What runs guests on this node, found out when first asked.</summary>
internal sealed class NodeAccelerator(AgentOptions options, IKvm kvm)
{
    private readonly Lazy<Accelerator> _current = new(() => Accelerator.Decide(options.Accelerator, Check(options, kvm)));

    /// <summary>The decision; it holds for the life of the process, as the device does for the host's.</summary>
    public Accelerator Current => _current.Value;

    // Where emulation is asked for, the device is nobody's business.
    private static KvmCheck Check(AgentOptions options, IKvm kvm) =>
        options.Accelerator == Accelerators.Tcg ? new KvmCheck(false, "not looked at") : kvm.Check();
}

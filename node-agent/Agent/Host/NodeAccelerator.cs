namespace Berth.NodeAgent.Host;

/// <summary>What runs guests on this node, found out when first asked.</summary>
internal sealed class NodeAccelerator(AgentOptions options, IKvm kvm)
{
    private Task<Accelerator>? _decision;

    /// <summary>The decision; it holds for the life of the process, as the device does for the host's.</summary>
    public Task<Accelerator> GetAsync(CancellationToken cancellationToken) =>
        LazyInitializer.EnsureInitialized(ref _decision, DecideAsync).WaitAsync(cancellationToken);

    // Where emulation is asked for, the device is nobody's business.
    private async Task<Accelerator> DecideAsync() => Accelerator.Decide(
        options.Accelerator,
        options.Accelerator == Accelerators.Tcg ? new KvmCheck(false, "not looked at") : await kvm.CheckAsync(CancellationToken.None));
}

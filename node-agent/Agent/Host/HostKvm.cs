using Berth.Libvirt.Kvm;

namespace Berth.NodeAgent.Host;

/// <summary>The KVM device of this host, by Berth.Libvirt's self-test.</summary>
internal sealed class HostKvm(AgentOptions options, TimeProvider time) : IKvm
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public async Task<KvmCheck> CheckAsync(CancellationToken cancellationToken)
    {
        var check = await KvmDevice.CheckAsync(options.KvmDevice, Patience, time, cancellationToken);
        return check.IsUsable
            ? new KvmCheck(true, $"{options.KvmDevice} ran a guest's instructions (API version {check.ApiVersion}).")
            : new KvmCheck(false, $"{options.KvmDevice}: {check.Reason}.");
    }
}

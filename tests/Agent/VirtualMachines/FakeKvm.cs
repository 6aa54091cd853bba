using Berth.NodeAgent.Host;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>A KVM device that does as it is told.</summary>
internal sealed class FakeKvm(bool passes) : IKvm
{
    public Task<KvmCheck> CheckAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new KvmCheck(passes, passes ? "it ran" : "it did not run"));
}

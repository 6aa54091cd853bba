using Berth.NodeAgent.Admission;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>Guests whose memory a test makes up.</summary>
internal sealed class FakeGuestMemory : IGuestMemory
{
    public IReadOnlyList<GuestPromise> Running { get; set; } = [];

    public Task<IReadOnlyList<GuestPromise>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(Running);
}

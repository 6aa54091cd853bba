using Berth.NodeAgent.Admission;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>Guests whose memory a test makes up.</summary>
internal sealed class FakeGuestMemory : IGuestMemory
{
    public IReadOnlyList<GuestPromise> Running { get; set; } = [];

    /// <summary>How often they were asked.</summary>
    public int Asked { get; private set; }

    public Task<IReadOnlyList<GuestPromise>> ListAsync(CancellationToken cancellationToken)
    {
        Asked++;
        return Task.FromResult(Running);
    }
}

using Berth.Api;
using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>Answers what it is told to; first that there is no such Secret.</summary>
internal sealed class FakeUserData : ISecretUserData
{
    public SecretUserData Answer { get; set; } = new SecretUserData.NotFound("The Secret \"seed\" does not exist.");

    /// <summary>How often it was asked.</summary>
    public int Questions { get; private set; }

    public Task<SecretUserData> ReadAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        Questions++;
        return Task.FromResult(Answer);
    }
}

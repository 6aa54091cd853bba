using Berth.Api;

namespace Berth.NodeAgent.Node;

/// <summary>User-data that VMs of this node name in Secrets.</summary>
internal interface ISecretUserData
{
    /// <summary>Reads what spec.cloudInit.userDataSecretRef names. The content is kept nowhere but in the guest's seed.</summary>
    Task<SecretUserData> ReadAsync(VirtualMachine machine, CancellationToken cancellationToken);
}

/// <summary>What became of it.</summary>
internal abstract record SecretUserData
{
    private SecretUserData()
    {
    }

    /// <summary>The content, as it is.</summary>
    public sealed record Found(byte[] Content) : SecretUserData
    {
        /// <summary>Says how much it is; never what.</summary>
        public override string ToString() => $"{Content.Length} bytes";
    }

    /// <summary>There is no such Secret, or no such key in it.</summary>
    public sealed record NotFound(string Message) : SecretUserData;

    /// <summary>The Secret cannot be user-data.</summary>
    public sealed record Unusable(string Message) : SecretUserData;

    /// <summary>It cannot be told now.</summary>
    public sealed record Unavailable(string Message) : SecretUserData;
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>Brings a NAT network about on this node, and takes it away again. Never changes one that a running domain is connected to.</summary>
internal sealed class VirtualNetworkSetup(IHostNetworks networks, IDomainUses domains, INodeIdentity identity)
{
    /// <summary>What came of setting up a network.</summary>
    public sealed record Result(bool IsAvailable, string Reason, string? Message = null, string? Bridge = null);

    /// <summary>Defines and starts what is missing or differs.</summary>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refused or is not there.</exception>
    public async Task<Result> EnsureAsync(VirtualNetwork network, CancellationToken cancellationToken)
    {
        var name = VirtualNetworkXml.NameOf(network.Name());
        var cluster = await identity.GetClusterIdAsync(cancellationToken);
        var found = await networks.FindAsync(name, cancellationToken);
        if (found is not null && (found.Id != Guid.Parse(network.Uid()) || found.Owner?.Cluster != cluster))
        {
            return new Result(false, NetworkReasons.NameTaken, $"libvirt has another network named {name} ({found.Id}), which is left alone.");
        }

        if (found is { Owner: { } owner } && owner.Digest != VirtualNetworkXml.DigestOf(network))
        {
            if (found.IsActive && await domains.UsesNetworkAsync(name, runningOnly: true, cancellationToken))
            {
                return new Result(
                    true, NetworkReasons.NeedsRestart, "The spec has changed; the network is set up anew when no running VM on this node is connected to it.", found.Bridge);
            }

            // Without the old definition: libvirt would otherwise keep what the new one does not speak of.
            await networks.StopAsync(name, cancellationToken);
            await networks.UndefineAsync(name, cancellationToken);
            found = null;
        }

        if (found is null)
        {
            await networks.DefineAsync(VirtualNetworkXml.Of(network, cluster), cancellationToken);
        }

        if (found is not { IsActive: true })
        {
            await networks.StartAsync(name, cancellationToken);
        }

        return new Result(true, NetworkReasons.Available, Bridge: VirtualNetworkXml.BridgeOf(network));
    }

    /// <summary>Removes a network whose VirtualNetwork is known to be gone, when no domain is connected to it, running or only defined.</summary>
    /// <returns>False while a domain holds it.</returns>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refused or is not there.</exception>
    public async Task<bool> RetireAsync(string network, CancellationToken cancellationToken)
    {
        var name = VirtualNetworkXml.NameOf(network);
        if (await networks.FindAsync(name, cancellationToken) is not { Owner: { } owner } || owner.Cluster != await identity.GetClusterIdAsync(cancellationToken))
        {
            return true;
        }

        if (await domains.UsesNetworkAsync(name, runningOnly: false, cancellationToken))
        {
            return false;
        }

        await networks.StopAsync(name, cancellationToken);
        await networks.UndefineAsync(name, cancellationToken);
        return true;
    }
}

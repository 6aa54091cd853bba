using Berth.NodeAgent.Host;
using Berth.NodeAgent.Hypervisors;
using Berth.NodeAgent.Identities;
using Berth.NodeAgent.Images;
using Berth.NodeAgent.Metrics;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;
using Berth.NodeAgent.VirtualMachines;
using Berth.NodeAgent.VirtualNetworks;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent;

/// <summary>All that an agent is made of, one line for each folder.</summary>
internal static class AgentParts
{
    public static IServiceCollection AddAgent(this IServiceCollection services, AgentOptions options) => services
        .AddHost(options).AddIdentities().AddHypervisors(options)
        .AddStoragePools().AddImages().AddStorageVolumes(options).AddVirtualNetworks()
        .AddVirtualMachines(options).AddGuestMetrics();
}

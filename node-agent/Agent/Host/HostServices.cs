using Berth.Libvirt;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Consoles;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Preflight;
using Berth.NodeAgent.Protection;
using Berth.NodeAgent.Seeds;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.Host;

/// <summary>Registers the host: its libvirt, its files, its KVM device.</summary>
internal static class HostServices
{
    /// <summary>Adds the one connection to libvirt that all controllers share, and what the agent keeps on the node.</summary>
    public static IServiceCollection AddHost(this IServiceCollection services, AgentOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(provider =>
        {
            LibvirtMetrics.Register(provider.GetRequiredService<MetricFactory>());
            return LibvirtConnection.Start(options.LibvirtUri, null);
        });
        services.AddSingleton<IKvm, HostKvm>();
        services.AddSingleton<NodeAccelerator>();
        services.AddSingleton(_ => new HostFiles());
        services.AddSingleton(_ => new HostPages());
        services.AddSingleton<INodeIdentity, NodeIdentity>();
        services.AddSingleton<IGuestMemory, HostGuestMemory>();
        services.AddSingleton<MemoryGate>();
        services.AddSingleton(_ => new HostCgroups());
        services.AddSingleton(_ => new OutOfMemoryScores());
        services.AddSingleton<GuestPartition>();
        services.AddSingleton<GuestProtection>();
        services.AddSingleton(_ => new KernelFiles());
        services.AddSingleton<IHostClock, KernelClock>();
        services.AddSingleton<HostPreflight>();
        services.AddSingleton<NodeReport>();
        services.AddSingleton<LibvirtHealth>();
        services.AddSingleton<SeedStore>();
        services.AddSingleton<ConsoleLogs>();
        services.AddSingleton<LibvirtLogs>();
        return services.AddHostedService<ConsoleLogBound>();
    }
}

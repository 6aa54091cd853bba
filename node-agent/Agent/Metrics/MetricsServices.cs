using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.Metrics;

/// <summary>Registers what is measured of the node and its VMs.</summary>
internal static class MetricsServices
{
    public static IServiceCollection AddGuestMetrics(this IServiceCollection services) => services
        .AddSingleton<IGuestStatistics, HostGuestStatistics>()
        .AddSingleton<GuestCollector>()
        .AddSingleton<GuestAgents>()
        .AddSingleton<VirtualMachineMetrics>()
        .AddSingleton<DeviceMetrics>()
        .AddSingleton<HypervisorMetrics>()
        .AddSingleton<IBackgroundWork>(Register);

    // The work that is started with the agent is also what makes the instruments.
    private static GuestAgents Register(IServiceProvider provider)
    {
        provider.GetRequiredService<MetricFactory>().AddBeforeCollectCallback(provider.GetRequiredService<GuestCollector>().GatherAsync);
        provider.GetRequiredService<VirtualMachineMetrics>().Register();
        provider.GetRequiredService<DeviceMetrics>().Register();
        provider.GetRequiredService<HypervisorMetrics>().Register();
        return provider.GetRequiredService<GuestAgents>();
    }
}

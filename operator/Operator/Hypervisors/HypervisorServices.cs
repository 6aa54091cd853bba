using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Hypervisors;

/// <summary>Registers what watches over the nodes' agents.</summary>
internal static class HypervisorServices
{
    public static IServiceCollection AddHypervisors(this IServiceCollection services, string @namespace) => services
        .AddSingleton(provider => new NodeHeartbeats(
            provider.GetRequiredService<IKubernetesClient>(),
            @namespace,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<NodeHeartbeats>>()))
        .AddSingleton<INodeHeartbeats>(provider => provider.GetRequiredService<NodeHeartbeats>())
        .AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<NodeHeartbeats>());
}

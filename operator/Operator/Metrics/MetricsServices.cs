using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Metrics;

/// <summary>Registers what is counted in the cluster.</summary>
internal static class MetricsServices
{
    public static IServiceCollection AddClusterMetrics(this IServiceCollection services) => services.AddSingleton<IBackgroundWork, ClusterMetrics>();
}

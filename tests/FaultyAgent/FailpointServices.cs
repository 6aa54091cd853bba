using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;
using Berth.NodeAgent.VirtualMachines;
using Berth.NodeAgent.VirtualNetworks;
using Berth.Runtime.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.FaultyAgent;

/// <summary>Puts failpoints before and after everything that the agent changes outside of itself: in libvirt, and at the API server.</summary>
internal static class FailpointServices
{
    public static IServiceCollection AddFailpoints(this IServiceCollection services, Failpoints points) => services
        .Decorate<IDomains>(real => FailpointProxy<IDomains>.Around("domains", real, points))
        .Decorate<IHostPools>(real => FailpointProxy<IHostPools>.Around("pools", real, points))
        .Decorate<IHostVolumes>(real => FailpointProxy<IHostVolumes>.Around("volumes", real, points))
        .Decorate<IHostNetworks>(real => FailpointProxy<IHostNetworks>.Around("networks", real, points))
        .Decorate<IKubernetesClient>(real => new FailpointClient(real, points));

    private static IServiceCollection Decorate<T>(this IServiceCollection services, Func<T, T> around)
        where T : class
    {
        var registered = services.Last(service => service.ServiceType == typeof(T) && !service.IsKeyedService);
        services.Remove(registered);
        return services.AddSingleton(provider => around(
            (T)(registered.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!))));
    }
}

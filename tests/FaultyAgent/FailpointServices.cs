using System.Reflection;
using Berth.Kubernetes;
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
    // What these do changes nothing: to die there is to die at the next point, or after the last.
    private static readonly string[] Readers = ["List", "Find", "Get", "Watch", "Addresses", "IsServed", "get_"];

    public static IServiceCollection AddFailpoints(this IServiceCollection services, Failpoints points)
    {
        services.Decorate<IDomains>(points, (method, _) => Verb("domains", method));
        services.Decorate<IHostPools>(points, (method, _) => Verb("pools", method));
        services.Decorate<IHostVolumes>(points, (method, _) => Verb("volumes", method));
        services.Decorate<IHostNetworks>(points, (method, _) => Verb("networks", method));
        return services.Decorate<IKubernetesClient>(points, Request);
    }

    private static string? Verb(string role, MethodInfo method) =>
        Readers.Any(reader => method.Name.StartsWith(reader, StringComparison.Ordinal)) ? null : $"{role}.{WithoutAsync(method)}";

    // MergePatchAsync<VirtualMachine>(…, "status", …) is virtualmachines/status.MergePatch. A heartbeat and a node's figures come
    // when their time is, and are no part of what is done for a VM.
    private static string? Request(MethodInfo method, object?[] arguments)
    {
        if (!method.IsGenericMethod || PluralOf(method) is not { } plural || plural is "leases" or "hypervisors")
        {
            return null;
        }

        var subresource = method.Name == nameof(IKubernetesClient.MergePatchAsync) && arguments[3] is string name ? $"/{name}" : "";
        return Verb($"{plural}{subresource}", method);
    }

    private static string? PluralOf(MethodInfo method) => method.GetGenericArguments()[0].GetCustomAttribute<KubernetesEntityAttribute>()?.PluralName;

    private static string WithoutAsync(MethodInfo method) => method.Name[..^"Async".Length];

    private static IServiceCollection Decorate<T>(this IServiceCollection services, Failpoints points, Func<MethodInfo, object?[], string?> nameOf)
        where T : class
    {
        var real = services.Last(service => service.ServiceType == typeof(T) && !service.IsKeyedService);
        services.Remove(real);
        return services.AddSingleton(provider => FailpointProxy<T>.Around(
            (T)(real.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, real.ImplementationType!)), points, nameOf));
    }
}

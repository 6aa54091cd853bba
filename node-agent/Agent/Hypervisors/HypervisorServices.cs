using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>Registers what speaks for the node.</summary>
internal static class HypervisorServices
{
    /// <summary>Adds the node's own objects, its heartbeat and its status.</summary>
    public static IServiceCollection AddHypervisors(this IServiceCollection services, AgentOptions options)
    {
        var byName = $"metadata.name={options.NodeName}";
        services.AddInformer(new InformerOptions<Hypervisor> { FieldSelector = byName });
        services.AddInformer(new InformerOptions<V1Node> { FieldSelector = byName, Transform = WithoutConditions });
        services.AddSingleton<IHostVersions, HostVersions>();
        services.AddSingleton<HypervisorReconciler>();
        services.AddSingleton<IBackgroundWork, HeartbeatLease>();
        return services.AddController<Hypervisor, HypervisorStatus, HypervisorScope>(
            provider => provider.GetRequiredService<HypervisorReconciler>(),
            (controller, provider) => Wake(controller, provider, new ObjectKey(null, options.NodeName)));
    }

    // The kubelet writes a node's conditions and images all the time; labels and sizes are what is read here.
    private static V1Node WithoutConditions(V1Node node) =>
        node with { Status = node.Status is { } status ? new V1NodeStatus { Capacity = status.Capacity, Allocatable = status.Allocatable } : null };

    private static void Wake(Controller controller, IServiceProvider provider, ObjectKey node)
    {
        provider.GetRequiredService<NodeReport>().Changed += _ => controller.Enqueue(node);
        provider.GetRequiredService<LibvirtHealth>().Changed += () => controller.Enqueue(node);
        provider.GetRequiredService<VirtualMachineMemory>().Strays.Changed += () => controller.Enqueue(node);

        // Also when there is no object yet: nothing else would name the key.
        controller.Enqueue(node);
    }
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Registers what runs VMs.</summary>
internal static class VirtualMachineServices
{
    private const string VolumesIndex = "volumes";

    /// <summary>Adds the VMs' store, controller and watchers of libvirt.</summary>
    public static IServiceCollection AddVirtualMachines(this IServiceCollection services, AgentOptions options)
    {
        services.AddInformer(new InformerOptions<VirtualMachine> { LabelSelector = $"{BerthLabels.Node}={options.NodeName}" });
        services.AddSingleton<IDomains, HostDomains>();
        services.AddSingleton<IDomainChanges, HostDomainChanges>();
        services.AddSingleton<IVirtualMachineEvents, PublishedEvents>();
        services.AddSingleton<CheckVirtualMachine>(_ => VirtualMachineValidation.Check);
        services.AddSingleton<MissingReferences>();
        services.AddSingleton<VirtualMachineMemory>();
        services.AddSingleton<VirtualMachineRequirements>();
        services.AddSingleton<VirtualMachineUserData>();
        services.AddSingleton<VirtualMachineReconciler>();
        services.AddSingleton<IBackgroundWork, DomainWatcher>();
        return services.AddController<VirtualMachine, VirtualMachineStatus, VirtualMachineScope>(
            provider => provider.GetRequiredService<VirtualMachineReconciler>(), (controller, provider) => Watch(controller, provider, options.NodeName));
    }

    private static void Watch(Controller controller, IServiceProvider provider, string node)
    {
        var machines = provider.GetRequiredService<IObjectStore<VirtualMachine>>();
        machines.AddIndex(VolumesIndex, VirtualMachineKeys.VolumesOf);
        controller.Watch(
            provider.GetRequiredService<IObjectStore<StorageVolume>>(),
            volume => machines.ByIndex(VolumesIndex, $"{volume.Namespace()}/{volume.Name()}").Select(machine => machine.Key()));
        var memory = provider.GetRequiredService<VirtualMachineMemory>();
        controller.Watch(provider.GetRequiredService<IObjectStore<Hypervisor>>(), host => VirtualMachineKeys.OfStrays(host, memory.Strays), VirtualMachineKeys.IsWordOnStrays);
        provider.GetRequiredService<MetricFactory>().CreateGaugeCallback(
            "stray_domains", "Domains of this cluster that no VirtualMachine is known to have given to the node; they are left running.", () => [new(memory.Strays.Left.Count)]);
        machines.Subscribe(change => memory.Releases.Take(change.New, node));
        memory.WakeAfter = controller.EnqueueAfter;
        provider.GetRequiredService<NodeReport>().Changed += item =>
        {
            foreach (var machine in machines.List().Where(machine => machine.Names(item)))
            {
                controller.Enqueue(machine.Key());
            }
        };
    }
}

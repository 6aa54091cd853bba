using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Wakes VMs when libvirt says that something happened, and all of them, with every domain, when it may have missed something.</summary>
internal sealed partial class DomainWatcher(
    IDomainChanges changes,
    IDomains domains,
    IObjectStore<VirtualMachine> machines,
    [FromKeyedServices(DomainWatcher.ControllerName)] Controller controller,
    LibvirtHealth health,
    TimeProvider time,
    ILogger<DomainWatcher> logger) : IBackgroundWork
{
    /// <summary>Name of the VMs' controller.</summary>
    public const string ControllerName = "virtualmachine";

    private static readonly TimeSpan RelistAgain = TimeSpan.FromSeconds(2);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Before that the store says nothing about which domains have a VM.
        await machines.WaitForSyncAsync(cancellationToken);
        await foreach (var change in changes.ReadAllAsync(cancellationToken))
        {
            switch (change)
            {
                case DomainChange.Of of:
                    Wake(of.Name);
                    break;
                case DomainChange.Everything:
                    health.Report(isAvailable: true);
                    await WakeAllAsync(cancellationToken);
                    break;
                case DomainChange.Lost:
                    health.Report(isAvailable: false);
                    WakeMachines();
                    break;
            }
        }
    }

    private async Task WakeAllAsync(CancellationToken cancellationToken)
    {
        WakeMachines();
        while (true)
        {
            try
            {
                foreach (var domain in await domains.ListAsync(cancellationToken))
                {
                    Wake(domain.Name);
                }

                return;
            }
            catch (HypervisorException e)
            {
                // Lost again: then another Everything follows, but it costs nothing to try.
                Log.ListFailed(logger, e);
                await Task.Delay(RelistAgain, time, cancellationToken);
            }
        }
    }

    private void WakeMachines()
    {
        foreach (var machine in machines.List())
        {
            controller.Enqueue(machine.Key());
        }
    }

    private void Wake(string name)
    {
        if (VirtualMachineKeys.OfDomain(name) is { } key)
        {
            controller.Enqueue(key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The domains could not be listed, trying again")]
        public static partial void ListFailed(ILogger logger, Exception exception);
    }
}

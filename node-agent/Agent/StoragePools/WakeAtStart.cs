using Berth.Kubernetes;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.StoragePools;

/// <summary>At start, wakes the keys of what libvirt has of ours: the object behind it may have gone while no agent ran, and no store would name it.</summary>
/// <param name="listAsync">Names of what libvirt has, ours or not.</param>
/// <param name="objectOf">Name of the object behind a name in libvirt; null when it is not ours.</param>
/// <param name="controller">Whose keys are woken.</param>
/// <param name="time">The clock.</param>
internal sealed class WakeAtStart(
    Func<CancellationToken, Task<IReadOnlyList<string>>> listAsync, Func<string, string?> objectOf, Controller controller, TimeProvider time) : IBackgroundWork
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!await WakeAsync(cancellationToken))
        {
            await Task.Delay(Retry, time, cancellationToken);
        }

        // Done; but work that ends is taken for work that broke.
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    private async Task<bool> WakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var name in (await listAsync(cancellationToken)).Select(objectOf).OfType<string>())
            {
                controller.Enqueue(new ObjectKey(null, name));
            }

            return true;
        }
        catch (HypervisorException)
        {
            // Not there yet; the Hypervisor's status says so.
            return false;
        }
    }
}

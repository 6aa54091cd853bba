using Berth.Api;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Seeds;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

// The start itself, when everything is at hand and the API server has confirmed it.
internal sealed partial class VirtualMachineReconciler
{
    private async Task StartDomainAsync(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (!scope.KeepsSeed && CloudInitSeed.ImageOf(scope.Machine, scope.UserData) is { } seed)
        {
            await seeds.WriteAsync(scope.DomainId, seed, cancellationToken);
        }

        consoles.Prepare();
        var parts = scope.Parts! with { StartedAt = time.GetUtcNow(), Partition = partition.Prepare() };
        try
        {
            await DefineAndStartAsync(scope, parts, cancellationToken);
        }
        catch (HypervisorException e) when (!e.IsUnavailable && parts.Partition is not null && !partition.IsProven)
        {
            // Perhaps it is the partition that is in the way, and it never is a reason not to start: what the agent
            // sees of the host's control groups need not be what libvirt sees.
            if (await PlaceLostAsync(scope, cancellationToken) is not null)
            {
                throw;
            }

            await DefineAndStartAsync(scope, parts with { Partition = null }, cancellationToken);
            partition.Refused(e.Message);
            return;
        }

        if (parts.Partition is not null)
        {
            partition.Worked();
        }
    }

    private async Task DefineAndStartAsync(VirtualMachineScope scope, DomainParts parts, CancellationToken cancellationToken)
    {
        await domains.DefineAsync(DomainXml.Of(DomainInputs.Of(scope.Machine, parts)), cancellationToken);
        await domains.StartAsync(scope.DomainId, cancellationToken);
    }

    private StepResult StartFailed(VirtualMachineScope scope, HypervisorException failure)
    {
        var now = time.GetUtcNow();
        var left = memory.StartFailures.Left(scope.DomainId, $"{now:O}", null, 1, now);
        if (memory.IsNews(scope.DomainId, failure.Message))
        {
            events.Publish(scope.Machine, true, VirtualMachineReasons.StartFailed, failure.Message);
        }

        return StepResult.Wait(VirtualMachineReasons.StartFailed, $"libvirt did not start the domain: {failure.Message}", left);
    }

    private string StartMessage(bool restartWasAsked, int? restarts) => (restartWasAsked, restarts) switch
    {
        (true, _) => $"The guest was restarted on {options.NodeName}, as spec.restartedAt asks.",
        (_, { } count) => $"The guest was started again on {options.NodeName} by its restartPolicy ({count} times so far).",
        _ => $"The guest was started on {options.NodeName}.",
    };
}

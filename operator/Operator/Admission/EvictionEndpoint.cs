using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Operator.Cluster;

namespace Berth.Operator.Admission;

/// <summary>Refuses the eviction of a berth that holds a place, as the disruption budget does, and says why; everything else it lets through at once.</summary>
internal sealed class EvictionEndpoint(OperatorStores stores) : AdmissionEndpoint
{
    public override string Path => "/admission/eviction";

    protected override ValueTask<AdmissionResponse> DecideAsync(AdmissionRequest request, CancellationToken cancellationToken) => new(Decide(request));

    private AdmissionResponse Decide(AdmissionRequest request)
    {
        if (request is not { IsCreate: true, SubResource: "eviction", Name.Length: > 0 }
            || stores.Berths.Get(new ObjectKey(request.Namespace, request.Name)) is not { } berth
            || !berth.HoldsPlace()
            || berth.VirtualMachineOwner() is not { } owner
            || stores.Machines.Get(new ObjectKey(request.Namespace, owner.Name)) is not { } machine
            || !berth.IsBerthOf(machine))
        {
            return AdmissionAnswers.Allow();
        }

        return AdmissionAnswers.NotNow(
            $"The pod holds the place of VirtualMachine \"{machine.Name()}\" (spec.evictionStrategy {machine.Spec.EvictionStrategy}) on node \"{berth.Node()}\"; evicting it would not move the guest. "
            + "It goes when the VM has left the node: set spec.powerState to Stopped, or delete the VM.");
    }
}

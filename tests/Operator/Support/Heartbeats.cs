using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Hypervisors;

namespace Berth.Operator.Tests.Support;

/// <summary>The agents' Leases, and the operator's clock that it watches them by.</summary>
internal static class Heartbeats
{
    private static int s_beats;

    public static void Beat(this OperatorRig rig, string node)
    {
        var (name, @namespace) = (HeartbeatRecord.LeasePrefix + node, BerthApi.DefaultNamespace);
        if (rig.Server.Find<V1Lease>(name, @namespace) is null)
        {
            rig.Server.Seed(new V1Lease { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = @namespace }, Spec = new V1LeaseSpec { HolderIdentity = node } });
        }

        rig.Server.Patch<V1Lease>(name, @namespace, JsonOf.Patch($$"""{"spec": {"renewTime": "2026-01-01T00:00:00.000000Z", "leaseTransitions": {{Interlocked.Increment(ref s_beats)}} } }"""));
    }

    /// <summary>Lets the operator read the Leases every five seconds of its own time.</summary>
    public static async Task PassAsync(this OperatorRig rig, int seconds, string? heard)
    {
        for (var passed = 0; passed < seconds; passed += 5)
        {
            if (heard is not null)
            {
                rig.Beat(heard);
            }

            var reads = Reads(rig);
            rig.Time.Advance(NodeHeartbeats.Period);
            await rig.EventuallyAsync(() => Reads(rig) > reads);
        }
    }

    private static int Reads(OperatorRig rig) => rig.Server.Requests.Count(request => request is { Method: "GET", Resource: "leases" });
}

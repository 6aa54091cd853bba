using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.VirtualNetworks;

/// <summary>Keeps this node's part of every VirtualNetwork.</summary>
internal sealed class VirtualNetworkReconciler(
    IObjectStore<VirtualNetwork> store,
    IKubernetesClient client,
    VirtualNetworkSetup setup,
    NodeLabels labels,
    NodeReport report) : NodePartReconciler<VirtualNetwork>(store, client, labels)
{
    protected override IDictionary<string, string>? NodeSelectorOf(VirtualNetwork entity) => entity.Spec.NodeSelector;

    protected override async Task<ReconcileResult> EnsureAsync(VirtualNetwork network, CancellationToken cancellationToken)
    {
        if (VirtualNetworkValidation.Check(network) is [var finding, ..] findings)
        {
            Publish(network, new(false, finding.Reason, string.Join(' ', findings.Select(each => each.Message))));
            return ReconcileResult.After(Recheck);
        }

        try
        {
            var result = await setup.EnsureAsync(network, cancellationToken);
            if (result.Reason == NetworkReasons.NameTaken && await setup.RetireAsync(network.Name(), cancellationToken))
            {
                // Left by an earlier VirtualNetwork of this name: an object with another UID has the name, so that one is gone.
                result = await setup.EnsureAsync(network, cancellationToken);
            }

            Publish(network, result);
            return ReconcileResult.After(Recheck);
        }
        catch (HypervisorException exception) when (exception.IsUnavailable)
        {
            // Nothing is known, so what was known stays.
            if (report.Network(network.Name()) is null)
            {
                Publish(network, new(false, NetworkReasons.LibvirtUnavailable, exception.Message));
            }

            throw;
        }
        catch (HypervisorException exception)
        {
            Publish(network, new(false, NetworkReasons.LibvirtFailed, exception.Message));
            throw;
        }
    }

    protected override async Task<ReconcileResult> RetireAsync(string name, CancellationToken cancellationToken)
    {
        if (await setup.RetireAsync(name, cancellationToken))
        {
            report.RemoveNetwork(name); // last: who removes all of Berth waits for this and then ends the agent
            return ReconcileResult.Done;
        }

        report.Report(new NodeNetworkStatus
        {
            Name = name,
            Available = false,
            Reason = NetworkReasons.InUse,
            Message = "The VirtualNetwork is gone, or no longer meant for this node. What is left of it goes with the last VM that is connected to it.",
        });
        return ReconcileResult.After(RetiredRecheck);
    }

    private void Publish(VirtualNetwork network, VirtualNetworkSetup.Result result) => report.Report(new NodeNetworkStatus
    {
        Name = network.Name(),
        Available = result.IsAvailable,
        Reason = result.Reason,
        Message = result.Message,
        Bridge = result.Bridge,
    });
}

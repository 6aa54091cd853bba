using Berth.Operator.Admission;
using Berth.Runtime.Client;

namespace Berth.Operator.Agents;

/// <summary>Holds an agent to its own node: all of them have one ServiceAccount, so roles cannot. Its node is that of the pod which its token is bound to.</summary>
internal sealed class AgentGuard(BerthAccounts accounts, AgentPods pods) : IGuardRule
{
    public async ValueTask<string?> RefusalAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (!accounts.IsAgent(request.UserInfo))
        {
            return null;
        }

        if (BoundPod.Of(request.UserInfo) is not { } pod)
        {
            return "An agent's token must be bound to its pod: it speaks for the pod's node.";
        }

        try
        {
            return await pods.NodeOfAsync(pod, cancellationToken) is { } node
                ? AgentWrites.Refusal(request, node)
                : $"The pod \"{pod.Name}\" that the agent's token is bound to does not run an agent on a node.";
        }
        catch (KubernetesException e)
        {
            return $"The node of the pod \"{pod.Name}\" that the agent's token is bound to cannot be told at the moment: {e.Message}";
        }
    }
}

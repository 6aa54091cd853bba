using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.Identities;

/// <summary>Has the operator read Secrets: the agent may not, and the operator hands out only what a VM of this node names.</summary>
internal sealed class OperatorUserData(OperatorConnection connection, AgentCertificate certificate) : ISecretUserData
{
    public async Task<SecretUserData> ReadAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        if (certificate.Current is not { } current)
        {
            return new SecretUserData.Unavailable("The agent has no certificate for the operator yet.");
        }

        try
        {
            return new SecretUserData.Found(await connection.AskAsync(
                OperatorApi.UserDataPath,
                new UserDataRequest { Namespace = machine.Namespace() ?? "", Name = machine.Name(), Uid = machine.Uid() },
                ApiJsonContext.Default.UserDataRequest,
                new OperatorProof(null, current),
                cancellationToken));
        }
        catch (OperatorException e)
        {
            if (e.Reason == OperatorReasons.Unauthenticated)
            {
                certificate.Refused(current);
            }

            return AnswerOf(e);
        }
    }

    private static SecretUserData AnswerOf(OperatorException refusal) => refusal.Reason switch
    {
        OperatorReasons.NotFound => new SecretUserData.NotFound(refusal.Message),
        OperatorReasons.Unusable => new SecretUserData.Unusable(refusal.Message),

        // Also Forbidden: the VM has left the node meanwhile, or the operator is behind.
        _ => new SecretUserData.Unavailable(refusal.Message),
    };
}

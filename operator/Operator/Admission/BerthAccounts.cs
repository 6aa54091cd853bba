using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>The identities of Berth's own parts.</summary>
internal sealed class BerthAccounts(string @namespace)
{
    private readonly string _prefix = $"system:serviceaccount:{@namespace}:";

    public bool IsOperator(UserInfo user) => user.Username == _prefix + "berth-operator";

    public bool IsAgent(UserInfo user) => user.Username == _prefix + OperatorApi.AgentAccount;

    public bool IsOurs(UserInfo user) => IsOperator(user) || IsAgent(user);
}

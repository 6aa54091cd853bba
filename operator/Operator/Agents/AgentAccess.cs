namespace Berth.Operator.Agents;

/// <summary>How agents get at the operator.</summary>
/// <param name="Namespace">The namespace that their pods and their ServiceAccount are in.</param>
internal sealed record AgentAccess(string Namespace)
{
    /// <summary>Life of an agent's certificate, which it renews after two thirds. A stolen one is worth nothing sooner, if the agent's pod is deleted.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromHours(1);
}

using Berth.Operator.Admission;
using Berth.Operator.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Agents;

/// <summary>Registers what agents ask the operator for, whom they trust it by, and what they may write.</summary>
internal static class AgentServices
{
    public static IServiceCollection AddAgents(this IServiceCollection services, AgentAccess access) => services
        .AddSingleton(access)
        .AddSingleton<AgentPods>()
        .AddSingleton<AgentTokens>()
        .AddSingleton<UserDataSecrets>()
        .AddSingleton<ISecureEndpoint, CertificateEndpoint>()
        .AddSingleton<ISecureEndpoint, UserDataEndpoint>()
        .AddSingleton<IGuardRule, AgentGuard>()
        .AddHostedService<AuthorityConfigMap>();
}

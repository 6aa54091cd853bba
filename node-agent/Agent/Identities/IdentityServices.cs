using Berth.NodeAgent.Node;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.Identities;

/// <summary>Registers what makes the agent known to the operator.</summary>
internal static class IdentityServices
{
    /// <summary>Adds the certificate and its renewal, and what is asked with it.</summary>
    public static IServiceCollection AddIdentities(this IServiceCollection services) => services
        .AddSingleton<OperatorConnection>()
        .AddSingleton<AgentCertificate>()
        .AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<AgentCertificate>())
        .AddSingleton<ISecretUserData, OperatorUserData>();
}

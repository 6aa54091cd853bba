using Berth.Operator.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Admission;

/// <summary>Registers the webhooks, what they guard, and the trust in their certificate.</summary>
internal static class AdmissionServices
{
    public static IServiceCollection AddAdmission(this IServiceCollection services, string @namespace) => services
        .AddSingleton(new BerthAccounts(@namespace))
        .AddSingleton<IGuardRule, StatusGuard>()
        .AddSingleton<IGuardRule, KeyGuard>()
        .AddSingleton<IGuardRule, FinalizerGuard>()
        .AddSingleton<ISecureEndpoint, ValidationEndpoint>()
        .AddSingleton<ISecureEndpoint, FinalizerEndpoint>()
        .AddSingleton<ISecureEndpoint, EvictionEndpoint>()
        .AddHostedService<WebhookBundles>();
}

using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Serving;

/// <summary>Registers the HTTPS listener; its endpoints are the <see cref="ISecureEndpoint"/> that others register.</summary>
internal static class ServingServices
{
    public static IServiceCollection AddServing(this IServiceCollection services, ServingOptions options) => services
        .AddSingleton(options)
        .AddSingleton<RequestDispatch>()
        .AddSingleton<SecureServer>()
        .AddHostedService(provider => provider.GetRequiredService<SecureServer>())
        .AddSingleton(provider => new ReadinessCheck("https", provider.GetRequiredService<SecureServer>().Missing));
}

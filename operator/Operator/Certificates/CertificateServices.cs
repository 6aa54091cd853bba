using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Certificates;

/// <summary>Registers the certificate authority and the certificate that this replica serves with.</summary>
internal static class CertificateServices
{
    public static IServiceCollection AddCertificates(this IServiceCollection services, CertificateOptions options) => services
        .AddSingleton(options)
        .AddSingleton<AuthorityKeeper>()
        .AddSingleton<ICertificateIssuer>(provider => provider.GetRequiredService<AuthorityKeeper>())
        .AddHostedService(provider => provider.GetRequiredService<AuthorityKeeper>())
        .AddSingleton<ServingCertificate>()
        .AddSingleton<GivenCertificate>();
}

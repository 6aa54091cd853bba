using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Berth.Operator.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Serving;

/// <summary>The one HTTPS listener. Its certificate is chosen anew for every handshake, so a rotation needs neither restart nor reconnect.</summary>
/// <remarks>
/// Client certificates are asked for and never required by the handshake: the API server has none, or one of an authority of its own.
/// Which endpoint wants one, and whether it is good, is decided for each request, so a connection does not outlive its certificate's end.
/// </remarks>
internal sealed partial class SecureServer(
    ServingOptions options, ServingCertificate certificate, GivenCertificate given, RequestDispatch dispatch, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<SecureServer>();
    private WebApplication? _application;

    /// <summary>The address it listens on; null until it does.</summary>
    public IPEndPoint? Listening { get; private set; }

    /// <summary>For readiness: what is missing to serve, or null.</summary>
    public string? Missing() => Listening is null ? "not listening" : certificate.Current() is null ? "no certificate" : given.Missing();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _application = Build();
        await _application.StartAsync(cancellationToken);
        Listening = AddressOf(_application);
        Log.Listening(_logger, Listening);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_application is { } application)
        {
            await application.StopAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is { } application)
        {
            await application.DisposeAsync();
        }
    }

    private WebApplication Build()
    {
        // A host of its own, empty: no configuration, no routing, and its signals are those of the process around it.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Listen(options.Endpoint, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = TimeSpan.FromSeconds(5),
                OnConnection = handshake => ValueTask.FromResult(HandshakeOptions(handshake.ClientHelloInfo.ServerName)),
            }));
        });
        var application = builder.Build();
        application.Run(dispatch.HandleAsync);
        return application;
    }

#pragma warning disable CA5359 // Takes any client certificate: RequestDispatch judges it, for each request.
    private SslServerAuthenticationOptions HandshakeOptions(string? name) => new()
    {
        ServerCertificateContext = given.For(name) ?? certificate.Current() ?? throw new AuthenticationException("There is no certificate to serve with yet."),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
    };
#pragma warning restore CA5359

    private static IPEndPoint AddressOf(WebApplication application)
    {
        var addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        var address = new Uri(addresses.First());
        return new IPEndPoint(IPAddress.Parse(address.DnsSafeHost), address.Port);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "HTTPS is served on {Address}")]
        public static partial void Listening(ILogger logger, IPEndPoint address);
    }
}

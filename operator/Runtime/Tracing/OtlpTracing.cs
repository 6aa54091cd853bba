using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Berth.Runtime.Tracing;

/// <summary>Sends traces to an OpenTelemetry collector.</summary>
public static class OtlpTracing
{
    private const string TracesPath = "/v1/traces";
    private const int FlushMilliseconds = 2000; // of the time that an ending process has

    /// <summary>Adds the exporter; nothing where no collector is named.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="collector">The collector's address for OTLP over HTTP, such as <c>http://collector:4318</c>; traces go to <c>/v1/traces</c> below it.</param>
    /// <param name="service">What the traces are called by, such as berth-operator.</param>
    /// <param name="instance">What tells processes of the service apart, such as the node's name.</param>
    public static IServiceCollection AddOtlpTracing(this IServiceCollection services, Uri? collector, string service, string instance) =>
        collector is null ? services : services.AddHostedService(_ => new Exporter(collector, service, instance));

    /// <summary>The address that a text names; null where it is no http or https URL.</summary>
    public static Uri? CollectorOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) ? address : null;

    private sealed class Exporter(Uri collector, string service, string instance) : IHostedService, IDisposable
    {
        private TracerProvider? _provider;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _provider = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(service, serviceInstanceId: instance, autoGenerateServiceInstanceId: false))
                .AddSource(RuntimeActivity.SourceName)
                .AddOtlpExporter(options =>
                {
                    options.Protocol = OtlpExportProtocol.HttpProtobuf;
                    options.Endpoint = new Uri(collector.ToString().TrimEnd('/') + TracesPath);
                })
                .Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _provider?.ForceFlush(FlushMilliseconds);
            return Task.CompletedTask;
        }

        public void Dispose() => _provider?.Dispose();
    }

}

using System.Text;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Certificates;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Agents;

/// <summary>Keeps the authorities to trust in a ConfigMap, where agents read them: they may not see the Secret, which has the keys.</summary>
/// <remarks>Every replica does. The authorities are read from the Secret each time, so a replica that is behind takes nothing back.</remarks>
internal sealed partial class AuthorityConfigMap : FollowingService
{
    private readonly IKubernetesClient _client;
    private readonly CertificateOptions _options;
    private readonly ICertificateIssuer _certificates;
    private readonly AuthoritySecret _secret;
    private readonly ILogger _logger;

    public AuthorityConfigMap(
        [FromKeyedServices(RuntimeServices.EveryReplica)] IKubernetesClient client, CertificateOptions options, ICertificateIssuer certificates, MetricFactory metrics, TimeProvider time,
        ILoggerFactory loggers)
        : base(client, metrics, time, loggers)
    {
        (_client, _options, _certificates, _secret, _logger) = (client, options, certificates, new(client, options), loggers.CreateLogger<AuthorityConfigMap>());
        Follow<V1ConfigMap>(OperatorApi.AuthoritiesConfigMap, options.Namespace);
        certificates.Changed += Wake;
    }

    public override void Dispose()
    {
        _certificates.Changed -= Wake;
        base.Dispose();
    }

    protected override TimeSpan LongestWait() => TimeSpan.FromMinutes(5);

    protected override async Task<bool> TryPassAsync(CancellationToken cancellationToken)
    {
        try
        {
            if ((await _secret.ReadAsync(cancellationToken))?.Data is { } data && data.TryGetValue(AuthoritySet.BundleKey, out var bundle) && bundle.Length > 0)
            {
                await PublishAsync(Encoding.UTF8.GetString(bundle), cancellationToken);
            }

            return true;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsAlreadyExists)
        {
            // Another replica was faster.
            return false;
        }
        catch (KubernetesException e)
        {
            Log.Failed(_logger, e);
            return false;
        }
    }

    private async Task PublishAsync(string bundle, CancellationToken cancellationToken)
    {
        var live = await _client.GetAsync<V1ConfigMap>(OperatorApi.AuthoritiesConfigMap, _options.Namespace, cancellationToken);
        if (live is null)
        {
            await _client.CreateAsync(New(bundle), cancellationToken);
        }
        else if (live.Data is null || !live.Data.TryGetValue(OperatorApi.AuthoritiesKey, out var old) || old != bundle)
        {
            var patch = new JsonObject { ["data"] = new JsonObject { [OperatorApi.AuthoritiesKey] = bundle } };
            await _client.MergePatchAsync(live, patch, null, cancellationToken);
        }
        else
        {
            return;
        }

        Log.Published(_logger);
    }

    private V1ConfigMap New(string bundle) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = OperatorApi.AuthoritiesConfigMap,
            NamespaceProperty = _options.Namespace,
            Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = BerthFieldManagers.Operator },
        },
        Data = new Dictionary<string, string> { [OperatorApi.AuthoritiesKey] = bundle },
    };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Published the certificate authorities for the agents")]
        public static partial void Published(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate authorities cannot be published for the agents; trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

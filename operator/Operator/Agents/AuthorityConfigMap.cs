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
    private readonly AuthoritySecret _secret;
    private readonly ILogger _logger;

    public AuthorityConfigMap(
        [FromKeyedServices(RuntimeServices.EveryReplica)] IKubernetesClient client, CertificateOptions options, ICertificateIssuer certificates, MetricFactory metrics, TimeProvider time,
        ILoggerFactory loggers)
        : base(client, metrics, time, loggers)
    {
        (_client, _options, _secret, _logger) = (client, options, new(client, options), loggers.CreateLogger<AuthorityConfigMap>());
        Follow<V1ConfigMap>(OperatorApi.AuthoritiesConfigMap, options.Namespace);
        Follow(certificates);
    }

    protected override async Task<bool> TryPassAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(cancellationToken);
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

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        // The ConfigMap first, then the Secret: where another replica has been at both since, the write below is a conflict, however
        // long this process was stopped in between.
        var live = await _client.GetAsync<V1ConfigMap>(OperatorApi.AuthoritiesConfigMap, _options.Namespace, cancellationToken);
        if (await _secret.ReadBundleAsync(cancellationToken) is not { } stored)
        {
            return;
        }

        var bundle = Encoding.UTF8.GetString(stored);
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

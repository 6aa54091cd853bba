using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Operator.Certificates;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Admission;

/// <summary>Keeps the trust bundle in the webhook configurations right, whoever changes it. It makes no configuration and changes nothing else in one.</summary>
/// <remarks>Every replica does: admission must not wait for an election. The bundle is read from the Secret each time, after the configuration, so a replica that is behind takes nothing back.</remarks>
internal sealed partial class WebhookBundles : FollowingService
{
    /// <summary>Name of both configurations.</summary>
    public const string ConfigurationName = "berth-webhook";

    /// <summary>Annotation by which cert-manager is told to keep the bundle. Two that keep it would undo each other's work for ever.</summary>
    public const string InjectedByOthers = "cert-manager.io/inject-ca-from";

    private static readonly string[] Resources = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];

    private readonly IKubernetesClient _client;
    private readonly AuthoritySecret _secret;
    private readonly ILogger _logger;

    public WebhookBundles(
        [FromKeyedServices(RuntimeServices.EveryReplica)] IKubernetesClient client, CertificateOptions options, ICertificateIssuer certificates, MetricFactory metrics, TimeProvider time,
        ILoggerFactory loggers)
        : base(client, metrics, time, loggers)
    {
        (_client, _secret, _logger) = (client, new(client, options), loggers.CreateLogger<WebhookBundles>());
        Follow<V1ValidatingWebhookConfiguration>(ConfigurationName);
        Follow<V1MutatingWebhookConfiguration>(ConfigurationName);
        Follow(certificates);
    }

    protected override async Task<bool> TryPassAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var resource in Resources)
            {
                await PutAsync(resource, cancellationToken);
            }

            return true;
        }
        catch (KubernetesException e)
        {
            Log.Failed(_logger, e);
            return false;
        }
    }

    private async Task PutAsync(string resource, CancellationToken cancellationToken)
    {
        // The configuration first, then the Secret: where another replica has been at both since, the write below is a conflict, however
        // long this process was stopped in between.
        var path = $"/apis/admissionregistration.k8s.io/v1/{resource}/{ConfigurationName}";
        if (await FindAsync(path, cancellationToken) is not { } live || live["webhooks"] is not JsonArray webhooks
            || live["metadata"]?["annotations"]?[InjectedByOthers] is not null
            || await _secret.ReadBundleAsync(cancellationToken) is not { } stored)
        {
            return;
        }

        var bundle = Convert.ToBase64String(stored);

        // The list as it is read, with all that other versions may know of: a merge patch replaces lists as a whole.
        var clients = webhooks.Select(webhook => webhook?["clientConfig"]).OfType<JsonObject>().Where(config => (string?)config["caBundle"] != bundle).ToList();
        if (clients.Count == 0)
        {
            return;
        }

        clients.ForEach(config => config["caBundle"] = bundle);
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = (string?)live["metadata"]?["resourceVersion"] },
            ["webhooks"] = webhooks.DeepClone(),
        };
        await _client.RequestAsync(new RawRequest(HttpMethod.Patch, path) { Body = patch, ContentType = "application/merge-patch+json" }, cancellationToken);
        Log.Injected(_logger, resource);
    }

    private async Task<JsonNode?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.RequestAsync(new RawRequest(HttpMethod.Get, path), cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Put the trust bundle into the {Resource}")]
        public static partial void Injected(ILogger logger, string resource);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook configurations cannot be read or written; trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

using System.Text.Json.Nodes;
using System.Threading.Channels;
using Berth.Kubernetes;
using Berth.Operator.Certificates;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Berth.Runtime.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Admission;

/// <summary>Keeps the trust bundle in the webhook configurations right, whoever changes it. It makes no configuration and changes nothing else in one.</summary>
/// <remarks>Every replica does: admission must not wait for an election. The bundle is read from the Secret each time, so a replica that is behind takes nothing back.</remarks>
internal sealed partial class WebhookBundles(
    IKubernetesClient client, CertificateOptions options, ICertificateIssuer certificates, MetricFactory metrics, TimeProvider time, ILoggerFactory loggers) : BackgroundService
{
    /// <summary>Name of both configurations.</summary>
    public const string ConfigurationName = "berth-webhook";

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly string[] Resources = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];

    private readonly AuthoritySecret _secret = new(client, options);
    private readonly BackOff _backOff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ILogger _logger = loggers.CreateLogger<WebhookBundles>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var validating = Follow<V1ValidatingWebhookConfiguration>();
        using var mutating = Follow<V1MutatingWebhookConfiguration>();
        certificates.Changed += Wake;
        await validating.StartAsync(stoppingToken);
        await mutating.StartAsync(stoppingToken);
        try
        {
            var failures = 0;
            while (true)
            {
                failures = await TryPassAsync(stoppingToken) ? 0 : failures + 1;
                await WaitAsync(failures == 0 ? LongestWait : _backOff.Delay(failures), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        finally
        {
            certificates.Changed -= Wake;

            // The token is cancelled by now; the informers have to end all the same.
            await validating.StopAsync(CancellationToken.None);
            await mutating.StopAsync(CancellationToken.None);
        }
    }

    private Informer<T> Follow<T>()
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var only = new InformerOptions<T> { FieldSelector = $"metadata.name={ConfigurationName}" };
        var informer = new Informer<T>(client, only, metrics, time, loggers.CreateLogger<Informer<T>>());
        informer.Subscribe(_ => Wake());
        return informer;
    }

    private void Wake() => _wakes.Writer.TryWrite(true);

    private async Task<bool> TryPassAsync(CancellationToken cancellationToken)
    {
        try
        {
            var secret = await _secret.ReadAsync(cancellationToken);
            if (secret?.Data is { } data && data.TryGetValue(AuthoritySet.BundleKey, out var bundle) && bundle.Length > 0)
            {
                foreach (var resource in Resources)
                {
                    await PutAsync(resource, Convert.ToBase64String(bundle), cancellationToken);
                }
            }

            return true;
        }
        catch (KubernetesException e)
        {
            Log.Failed(_logger, e);
            return false;
        }
    }

    private async Task PutAsync(string resource, string bundle, CancellationToken cancellationToken)
    {
        var path = $"/apis/admissionregistration.k8s.io/v1/{resource}/{ConfigurationName}";
        if (await FindAsync(path, cancellationToken) is not { } live || live["webhooks"] is not JsonArray webhooks)
        {
            return;
        }

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
        await client.RequestAsync(new RawRequest(HttpMethod.Patch, path) { Body = patch, ContentType = "application/merge-patch+json" }, cancellationToken);
        Log.Injected(_logger, resource);
    }

    private async Task<JsonNode?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await client.RequestAsync(new RawRequest(HttpMethod.Get, path), cancellationToken);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    private async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_wakes.Reader.WaitToReadAsync(either.Token).AsTask(), Task.Delay(longest, time, either.Token));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        _wakes.Reader.TryRead(out _);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Put the trust bundle into the {Resource}")]
        public static partial void Injected(ILogger logger, string resource);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook configurations cannot be read or written; trying again")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

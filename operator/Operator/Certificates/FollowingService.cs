using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Berth.Runtime.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Certificates;

/// <summary>Makes a pass whenever one of the objects that it follows changes. The watches only wake it; what a pass decides on, it reads from the API server.</summary>
internal abstract class FollowingService(IKubernetesClient client, MetricFactory metrics, TimeProvider time, ILoggerFactory loggers) : BackgroundService
{
    private readonly BackOff _backOff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
    private readonly WakeSignal _wakes = new();
    private readonly List<BackgroundService> _followed = [];
    private ICertificateIssuer? _certificates;

    public override void Dispose()
    {
        _followed.ForEach(informer => informer.Dispose());
        if (_certificates is not null)
        {
            _certificates.Changed -= Wake;
        }

        base.Dispose();
    }

    /// <summary>Follows the object of that name. To be called in the constructor.</summary>
    protected void Follow<T>(string name, string? @namespace = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var only = new InformerOptions<T> { Namespace = @namespace, FieldSelector = $"metadata.name={name}" };
        var informer = new Informer<T>(client, only, metrics, time, loggers.CreateLogger<Informer<T>>());
        informer.Subscribe(_ => Wake());
        _followed.Add(informer);
    }

    /// <summary>Follows the authority too. To be called in the constructor.</summary>
    protected void Follow(ICertificateIssuer certificates)
    {
        _certificates = certificates;
        certificates.Changed += Wake;
    }

    /// <summary>Makes one pass; false where it has to be made again soon.</summary>
    protected abstract Task<bool> TryPassAsync(CancellationToken cancellationToken);

    /// <summary>The time until the next pass, if nothing changes: five minutes.</summary>
    protected virtual TimeSpan LongestWait() => TimeSpan.FromMinutes(5);

    private void Wake() => _wakes.Wake();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var informer in _followed)
        {
            await informer.StartAsync(stoppingToken);
        }

        try
        {
            await _wakes.RepeatAsync(TryPassAsync, LongestWait, _backOff, time, stoppingToken);
        }
        finally
        {
            foreach (var informer in _followed)
            {
                // The token is cancelled by now; the informers have to end all the same.
                await informer.StopAsync(CancellationToken.None);
            }
        }
    }
}

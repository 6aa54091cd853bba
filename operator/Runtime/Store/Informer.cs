using System.Text.Json;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Store;

/// <summary>Keeps a store of one kind up to date: lists in pages, then watches from that version on, for as long as the process lives.</summary>
/// <remarks>Nothing but the API server's word changes the store: a lost connection, an expired watch or a failed list leaves it as it is.</remarks>
public sealed partial class Informer<T> : BackgroundService, IObjectStore<T>, IRefreshedStore
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly IKubernetesClient _client;
    private readonly InformerOptions<T> _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _kind = EntityInfo.Of<T>().Kind;
    private readonly ObjectStore<T> _store;
    private readonly InformerMetrics _metrics;
    private readonly BackOff _backOff;
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The version up to which the store is known to be complete; null when it must be listed (again).
    private string? _version;
    private string? _newestVersion;

    public Informer(IKubernetesClient client, InformerOptions<T> options, MetricFactory metrics, TimeProvider time, ILogger<Informer<T>> logger)
    {
        _client = client;
        _options = options;
        _time = time;
        _logger = logger;
        _store = new ObjectStore<T>(addsObserved: options.LabelSelector is null && options.FieldSelector is null, options.Namespace);
        _metrics = new InformerMetrics(_kind, metrics, time);
        _backOff = new BackOff(options.MinBackOff, options.MaxBackOff);
    }

    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    public int Count => _store.Count;

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    public T? Get(ObjectKey key) => _store.Get(key);

    public IReadOnlyList<T> List(string? @namespace = null) => _store.List(@namespace);

    public IReadOnlyList<T> ByIndex(string index, string value) => _store.ByIndex(index, value);

    public void AddIndex(string index, Func<T, IEnumerable<string>?> valuesOf) => _store.AddIndex(index, valuesOf);

    public IDisposable Subscribe(Action<ObjectChange<T>> onChange) => _store.Subscribe(onChange);

    public void Observe(T entity) => _store.Observe(Trim(entity));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var hasListed = false;
            try
            {
                if (_version is null || IsRefreshWanted || await HasGoneBackAsync(stoppingToken))
                {
                    await ListAsync(stoppingToken);
                    hasListed = true;
                }

                failures = await WatchAsync(stoppingToken) ? 0 : failures + 1;
            }
            catch (KubernetesException e) when (e.IsExpired)
            {
                Log.Expired(_logger, _kind, _version, e.Message);
                _version = null;

                // The server answers: what failed before is over. Only a version that expires as soon as it was listed is a failure in a row.
                failures = hasListed ? failures + 1 : 1;
            }
            catch (Exception e) when (e is KubernetesException or JsonException)
            {
                failures++;
                Log.Failed(_logger, _kind, failures, e);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            if (failures > 0)
            {
                await Task.Delay(_backOff.Delay(failures), _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var options = new ListOptions
        {
            Namespace = _options.Namespace,
            LabelSelector = _options.LabelSelector,
            FieldSelector = _options.FieldSelector,
            Limit = _options.PageSize,
        };
        var refreshes = PendingRefreshes();
        var listed = new HashSet<ObjectKey>(_store.Count);
        var isAuthoritative = false;
        string? listVersion = null;
        do
        {
            var page = await _client.ListAsync<T>(options, cancellationToken);
            if (listVersion is null)
            {
                listVersion = page.Metadata.ResourceVersion;

                // The list reads the newest state, so an older version than one we have seen means a restored server: its word holds.
                isAuthoritative = ResourceVersions.IsOlder(listVersion, _newestVersion);
            }

            foreach (var entity in page.Items)
            {
                listed.Add(entity.Key());
                _store.UpsertListed(Trim(entity), isAuthoritative);
            }

            options = options with { Continue = page.Metadata.ContinueProperty };
        }
        while (!string.IsNullOrEmpty(options.Continue));

        _store.FinishList(listed, listVersion, isAuthoritative);
        _version = _newestVersion = listVersion;
        _metrics.Listed(_store.Count);
        Log.Listed(_logger, _kind, listed.Count, listVersion);
        _synced.TrySetResult();
        EndRefreshes(refreshes);
    }

    /// <summary>Follows one watch to its end. False when it ended at once without a word, as from a server that is going down.</summary>
    private async Task<bool> WatchAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var heard = false;
        using var silence = new CancellationTokenSource(_options.SilenceBound, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        if (!BeginWatch(either))
        {
            return true;
        }

        try
        {
            await foreach (var change in _client.WatchAsync<T>(NextWatch(), either.Token))
            {
                Take(change);
                heard = true;
                silence.CancelAfter(_options.SilenceBound);
            }

            _metrics.WatchEnded("ended");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !silence.IsCancellationRequested)
        {
            _metrics.WatchEnded("refresh");
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _metrics.WatchEnded("silent");
            Log.Silent(_logger, _kind, _options.SilenceBound);
            return true;
        }
        catch (KubernetesException e)
        {
            _metrics.WatchEnded(e.IsExpired ? "expired" : "failed");
            throw;
        }
        finally
        {
            EndWatch();
        }

        return heard || _time.GetElapsedTime(started) > TimeSpan.FromSeconds(1);
    }

    /// <summary>True when the server is older than what was seen of it: it was restored from a backup.</summary>
    /// <remarks>
    /// It would take a watch from a version that it has yet to reach, and keep back every change up to there
    /// (kubernetes/kubernetes#107457). So each watch that is resumed is preceded by a read of one name: a single key,
    /// however large the collection, and the answer carries the newest version.
    /// </remarks>
    private async Task<bool> HasGoneBackAsync(CancellationToken cancellationToken)
    {
        var probe = new ListOptions
        {
            Namespace = EntityInfo.Of<T>().IsNamespaced ? _options.Namespace ?? "default" : null,
            FieldSelector = _options.FieldSelector ?? "metadata.name=newest-version",
            Limit = 1,
        };
        var newest = (await _client.ListAsync<T>(probe, cancellationToken)).Metadata.ResourceVersion;
        _metrics.Heard();
        if (!ResourceVersions.IsOlder(newest, _newestVersion))
        {
            return false;
        }

        Log.WentBack(_logger, _kind, newest, _newestVersion);
        return true;
    }

    private WatchOptions NextWatch() => new()
    {
        Namespace = _options.Namespace,
        LabelSelector = _options.LabelSelector,
        FieldSelector = _options.FieldSelector,
        ResourceVersion = _version,

        // By chance, so that the watches of a thousand agents do not end together.
        Timeout = _options.WatchTimeout * (1 + Random.Shared.NextDouble()),
    };

    private void Take(WatchEvent<T> change)
    {
        switch (change)
        {
            case { Type: WatchEventType.Added or WatchEventType.Modified, Object: { } entity }:
                _store.Upsert(Trim(entity));
                break;
            case { Type: WatchEventType.Deleted, Object: { } entity }:
                _store.Remove(entity);
                break;
            default:
                _store.SeenUpTo(change.ResourceVersion);
                break;
        }

        _version = _newestVersion = change.ResourceVersion ?? _version;
        _metrics.Changed(_store.Count);
    }

    private T Trim(T entity) => _options.Transform?.Invoke(entity) ?? entity;
}

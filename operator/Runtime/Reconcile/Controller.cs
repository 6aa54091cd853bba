using System.Diagnostics;
using Berth.Kubernetes;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Berth.Runtime.Store;
using Berth.Runtime.Tracing;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Reconcile;

/// <summary>Ties stores, a queue and a reconciler together: what changes in the watched stores wakes keys, workers reconcile them.</summary>
/// <remarks>Set it up (<see cref="Watch{T}(IObjectStore{T})"/> and the like) before it runs; enqueue at any time and from any thread.</remarks>
public sealed partial class Controller : IBackgroundWork, IDisposable
{
    private readonly string _name;
    private readonly IKeyReconciler _reconciler;
    private readonly ControllerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WorkQueue<ObjectKey> _queue;
    private readonly ControllerMetrics _metrics;
    private readonly List<Func<CancellationToken, Task>> _syncs = [];
    private readonly List<Func<IDisposable>> _subscriptions = [];
    private long _passes;

    public Controller(string name, IKeyReconciler reconciler, ControllerOptions options, MetricFactory metrics, TimeProvider time, ILogger<Controller> logger)
    {
        _name = name;
        _reconciler = reconciler;
        _options = options;
        _time = time;
        _logger = logger;
        _queue = new WorkQueue<ObjectKey>(name, options.BackOff, metrics, time);
        _metrics = new ControllerMetrics(name, options.MaxConcurrentReconciles, metrics);
    }

    /// <summary>Keys that wait for a worker.</summary>
    public int QueueDepth => _queue.Depth;

    /// <summary>Every change of an object wakes its own key.</summary>
    public Controller Watch<T>(IObjectStore<T> store)
        where T : class, IKubernetesObject<V1ObjectMeta> => Watch(store, static entity => [entity.Key()]);

    /// <summary>Every change of an object wakes the keys that its old and its new state name.</summary>
    public Controller Watch<TOther>(IObjectStore<TOther> store, Func<TOther, IEnumerable<ObjectKey>> keysOf)
        where TOther : class, IKubernetesObject<V1ObjectMeta> => Watch(store, keysOf, static _ => true);

    /// <summary>Every change that passes <paramref name="matters"/> wakes the keys that the object's old and new state name. Both functions run under the store's lock.</summary>
    public Controller Watch<TOther>(IObjectStore<TOther> store, Func<TOther, IEnumerable<ObjectKey>> keysOf, Func<ObjectChange<TOther>, bool> matters)
        where TOther : class, IKubernetesObject<V1ObjectMeta>
    {
        _syncs.Add(store.WaitForSyncAsync);
        _subscriptions.Add(() => store.Subscribe(change =>
        {
            if (matters(change))
            {
                EnqueueAll(change.Old, keysOf);
                EnqueueAll(change.New, keysOf);
            }
        }));
        return this;
    }

    /// <summary>Wakes a key now.</summary>
    public void Enqueue(ObjectKey key) => _queue.Add(key);

    /// <summary>Wakes a key after a delay, unless it wakes earlier anyway.</summary>
    public void EnqueueAfter(ObjectKey key, TimeSpan delay) => _queue.AddAfter(key, delay);

    /// <summary>Waits for the watched stores, then works until cancelled. May be run again after that; it then begins with every object.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_syncs.Select(sync => sync(cancellationToken)));
        var subscriptions = _subscriptions.Select(subscribe => subscribe()).ToArray();
        try
        {
            await Task.WhenAll(Enumerable.Range(0, _options.MaxConcurrentReconciles).Select(_ => WorkAsync(cancellationToken)));
        }
        finally
        {
            Array.ForEach(subscriptions, subscription => subscription.Dispose());
        }
    }

    public void Dispose() => _queue.Dispose();

    private void EnqueueAll<T>(T? entity, Func<T, IEnumerable<ObjectKey>> keysOf)
        where T : class
    {
        foreach (var key in entity is null ? [] : keysOf(entity))
        {
            _queue.Add(key);
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await _queue.GetAsync(cancellationToken);
            try
            {
                await ReconcileAsync(key, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Whoever runs the controller next (a new term of leadership) finds the key again.
                _queue.Add(key);
                throw;
            }
            finally
            {
                _queue.Done(key);
            }
        }
    }

    private async Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        using var logScope = _logger.BeginScope(new ReconcileLogScope(Interlocked.Increment(ref _passes), _name, key));
        using var span = RuntimeActivity.Start("reconcile", _reconciler.TraceOf(key)).About(_name, key);
        using var pass = _metrics.Begin(_time);
        ReconcileResult result;
        try
        {
            result = await _reconciler.ReconcileAsync(key, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            result = ReconcileResult.Failed(e);
        }

        pass.End(result);
        Schedule(key, result);
        if (result.Error is { } error)
        {
            span?.SetStatus(ActivityStatusCode.Error, error.Message);
            Log.Failed(_logger, _queue.Failures(key), error);
        }
    }

    private void Schedule(ObjectKey key, ReconcileResult result)
    {
        if (result.IsRetry)
        {
            _queue.AddRateLimited(key);
            return;
        }

        _queue.Forget(key);
        if (result.RequeueAfter is { } delay)
        {
            _queue.AddAfter(key, delay);
        }
        else if (_options.ResyncPeriod is { } period && !result.IsGone)
        {
            // By chance, so that ten thousand objects of one start do not come back at once.
            _queue.AddAfter(key, period * (0.8 + (0.4 * Random.Shared.NextDouble())));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Reconcile failed ({Failures} in a row), trying again after a back-off")]
        public static partial void Failed(ILogger logger, int failures, Exception exception);
    }
}

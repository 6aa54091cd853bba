using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace Berth.NodeStandin;

/// <summary>Plays the kubelets' part for pods: those bound to our nodes run at once and are gone at once when deleted.</summary>
internal sealed class PodPlayer(ApiServer api, NodeHeartbeats nodes, TimeProvider time) : IDisposable
{
    private const string BoundPods = "/api/v1/pods?fieldSelector=spec.nodeName!%3D";

    private readonly ConcurrentDictionary<string, BoundPod> _pods = new();
    private readonly ConcurrentDictionary<string, byte> _inWork = new();

    // Run or refused already: an event from before that must not start the pod once more.
    private readonly ConcurrentDictionary<string, byte> _settled = new();
    private readonly SemaphoreSlim _slots = new(32);
    private int _addresses;

    public BoundPod? Find(string @namespace, string name) => _pods.Values.FirstOrDefault(pod => pod.Namespace == @namespace && pod.Name == name);

    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Attempt.OnceAsync("watch of pods", () => ListAndWatchAsync(cancellationToken), cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }
    }

    /// <summary>Takes up again what failed, and what waited for a node to come back.</summary>
    public async Task ResyncAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var pod in _pods.Values)
            {
                Play(pod, cancellationToken);
            }
        }
    }

    /// <summary>Ends a pod as a kubelet does that refuses or evicts it.</summary>
    public async Task FailAsync(BoundPod pod, string reason, string message, CancellationToken cancellationToken)
    {
        _settled[pod.Uid] = 0;
        await api.PatchAsync($"{pod.Path}/status", PodStatus.Failed(pod, reason, message, time.GetUtcNow()), cancellationToken);
    }

    public void Dispose() => _slots.Dispose();

    private async Task ListAndWatchAsync(CancellationToken cancellationToken)
    {
        var list = await api.GetAsync(BoundPods, cancellationToken);
        var pods = list!["items"]!.AsArray().Select(item => BoundPod.From(item!)).ToDictionary(pod => pod.Uid);
        foreach (var uid in _pods.Keys.Where(uid => !pods.ContainsKey(uid)))
        {
            Forget(uid);
        }

        foreach (var pod in pods.Values)
        {
            Take(pod, cancellationToken);
        }

        var version = (string)list["metadata"]!["resourceVersion"]!;
        await foreach (var change in api.WatchAsync($"{BoundPods}&watch=true&timeoutSeconds=300&resourceVersion={version}", cancellationToken))
        {
            switch ((string)change["type"]!)
            {
                case "ADDED" or "MODIFIED": Take(BoundPod.From(change["object"]!), cancellationToken); break;
                case "DELETED": Forget((string)change["object"]!["metadata"]!["uid"]!); break;
                default: return; // an ERROR event: list again
            }
        }
    }

    private void Take(BoundPod pod, CancellationToken cancellationToken)
    {
        _pods[pod.Uid] = pod;
        Play(pod, cancellationToken);
    }

    private void Forget(string uid)
    {
        _pods.TryRemove(uid, out _);
        _settled.TryRemove(uid, out _);
    }

    private bool NeedsWork(BoundPod pod) => pod.IsDeleting || (pod.HasNotRun && !_settled.ContainsKey(pod.Uid));

    // Not awaited by the watch, which must not wait for one pod; one at a time per pod, then once more if it has changed meanwhile.
    private async void Play(BoundPod seen, CancellationToken cancellationToken)
    {
        if (!NeedsWork(seen) || nodes.Find(seen.NodeName) is not { } node || node.IsDead || !_inWork.TryAdd(seen.Uid, 0))
        {
            return;
        }

        try
        {
            await _slots.WaitAsync(cancellationToken);
            try
            {
                await Attempt.OnceAsync($"pod {seen.Namespace}/{seen.Name}", () => PlayAsync(seen, node, cancellationToken), cancellationToken);
            }
            finally
            {
                _slots.Release();
                _inWork.TryRemove(seen.Uid, out _);
            }

            if (_pods.TryGetValue(seen.Uid, out var newest) && newest != seen)
            {
                Play(newest, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process ends.
        }
    }

    private async Task PlayAsync(BoundPod pod, StandinNode node, CancellationToken cancellationToken)
    {
        if (pod.IsDeleting)
        {
            await DeleteAsync(pod, cancellationToken);
        }
        else if (node.TakeRejection() is { } reason)
        {
            await FailAsync(pod, reason, $"Pod was rejected: {reason}", cancellationToken);
        }
        else
        {
            await RunAsync(pod, node, cancellationToken);
        }
    }

    private async Task RunAsync(BoundPod pod, StandinNode node, CancellationToken cancellationToken)
    {
        var podIP = pod.HostNetwork ? node.Address : NextAddress();
        _settled[pod.Uid] = 0;
        try
        {
            await api.PatchAsync($"{pod.Path}/status", PodStatus.Running(pod, node, podIP, time.GetUtcNow()), cancellationToken);
        }
        catch (HttpRequestException failure) when (failure.StatusCode is not HttpStatusCode.Conflict)
        {
            _settled.TryRemove(pod.Uid, out _); // again, soon; a conflict means that another pod has the name now
            throw;
        }
    }

    private async Task DeleteAsync(BoundPod pod, CancellationToken cancellationToken) => await api.DeleteAsync(pod.Path, new JsonObject
    {
        ["gracePeriodSeconds"] = 0,
        ["preconditions"] = new JsonObject { ["uid"] = pod.Uid },
    }, cancellationToken);

    private string NextAddress()
    {
        var number = Interlocked.Increment(ref _addresses);
        return $"10.244.{(number / 254) % 256}.{(number % 254) + 1}";
    }
}

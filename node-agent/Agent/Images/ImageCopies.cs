using System.Collections.Concurrent;
using System.Threading.Channels;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Hosting;
using Berth.Runtime.Queue;
using Berth.Runtime.Store;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Images;

/// <summary>Fetches each copy that somebody asked for until it is there, and says meanwhile where it stands.</summary>
internal sealed partial class ImageCopies(
    IObjectStore<Image> images,
    IObjectStore<StoragePool> pools,
    LocalPools localPools,
    ImageFetcher fetcher,
    NodeReport report,
    TimeProvider time,
    ILogger<ImageCopies> logger) : IImageCopies, IBackgroundWork, IDisposable
{
    /// <summary>Delays after failures.</summary>
    public static readonly BackOff BackOff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

    // A copy is bound by the network and the disk; more at once only makes each of them late.
    private const int MaxTransfers = 3;

    private static readonly TimeSpan PoolRecheck = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Uid, string Pool), CopyWork> _works = new();
    private readonly Channel<CopyWork> _started = Channel.CreateUnbounded<CopyWork>();
    private readonly SemaphoreSlim _transfers = new(MaxTransfers, MaxTransfers);
    private readonly Lock _lock = new();

    public ImageCopy Request(string image, string? pool)
    {
        if (images.Get(new ObjectKey(null, image)) is not { } found || found.IsDeleting())
        {
            return new ImageCopy.NotFound($"Image \"{image}\" does not exist.");
        }

        if ((pool ?? DefaultPool.Of(pools)) is not { } poolName)
        {
            return new ImageCopy.NotFound("No storage pool is named, and none is annotated as the default one.");
        }

        if (localPools.Find(poolName) is null && pools.Get(new ObjectKey(null, poolName)) is null)
        {
            return new ImageCopy.NotFound($"Storage pool \"{poolName}\" does not exist.");
        }

        return ImageValidation.Check(found) is [var finding, ..]
            ? new ImageCopy.Failed(finding.Reason, finding.Message)
            : Work(ImageRequest.Of(found), poolName).State;
    }

    /// <summary>Stops all work on copies of an image, except on that of <paramref name="uid"/>, and takes them out of the report.</summary>
    public void Stop(string image, string? uid)
    {
        foreach (var (key, work) in _works)
        {
            if (work.Request.Name == image && work.Request.Uid != uid && _works.TryRemove(new(key, work)))
            {
                work.Dispose();
                if (report.Image(image, work.Pool)?.Uid == work.Request.Uid)
                {
                    report.RemoveImage(image, work.Pool);
                }
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        try
        {
            await foreach (var work in _started.Reader.ReadAllAsync(cancellationToken))
            {
                running.RemoveAll(task => task.IsCompleted);
                running.Add(RunAsync(work, cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(running);
        }
    }

    public void Dispose()
    {
        foreach (var work in _works.Values)
        {
            work.Dispose();
        }

        _transfers.Dispose();
    }

    private CopyWork Work(ImageRequest request, string pool)
    {
        lock (_lock)
        {
            if (_works.TryGetValue((request.Uid, pool), out var work))
            {
                if (work.Request == request && work.IsSound)
                {
                    return work;
                }

                work.Dispose();
            }

            work = _works[(request.Uid, pool)] = new CopyWork(request, pool);
            _started.Writer.TryWrite(work);
            return work;
        }
    }

    private async Task RunAsync(CopyWork work, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(work.Stopped, cancellationToken);
        try
        {
            await FetchUntilThereAsync(work, either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Nobody wants it any more, or the agent ends; the transfer has removed what it had.
        }
    }

    private async Task FetchUntilThereAsync(CopyWork work, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            if (localPools.Find(work.Pool) is not { IsAvailable: true } pool || !pool.IsMarked())
            {
                SetState(work, new ImageCopy.Pending(ImageReasons.StoragePoolNotReady, $"Storage pool \"{work.Pool}\" is not available on this node."));
                await Task.Delay(PoolRecheck, time, cancellationToken);
                continue;
            }

            if (await TryFetchAsync(work, pool, isRetry: failures > 0, cancellationToken))
            {
                return;
            }

            await Task.Delay(BackOff.Delay(++failures), time, cancellationToken);
        }
    }

    private async Task<bool> TryFetchAsync(CopyWork work, LocalPool pool, bool isRetry, CancellationToken cancellationToken)
    {
        await _transfers.WaitAsync(cancellationToken);
        try
        {
            if (!isRetry)
            {
                // A retry keeps the failure in sight: it stands until it is over.
                SetState(work, new ImageCopy.Pending(ImageReasons.Downloading, $"Image \"{work.Request.Name}\" is being fetched into pool \"{work.Pool}\"."));
            }

            var copy = await fetcher.FetchAsync(work.Request, pool.Target, pool.Lock, cancellationToken);
            SetState(work, new ImageCopy.Available(copy.Path, copy.Format, copy.Digest, copy.VirtualSize), copy);
            Log.Available(logger, work.Request.Name, work.Pool, copy.Digest);
            return true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var known = exception as ImageFetchException;
            var reason = known?.Reason ?? ConditionReasons.Error;
            SetState(work, new ImageCopy.Failed(reason, exception.Message));

            // What is wrong with an image is tried again and again; where in the code it was found helps nobody.
            Log.Failed(logger, work.Request.Name, work.Pool, reason, exception.Message, known is null ? exception : null);
            return false;
        }
        finally
        {
            _transfers.Release();
        }
    }

    private void SetState(CopyWork work, ImageCopy state, ImageFile? file = null)
    {
        work.State = state;
        lock (_lock)
        {
            // A stopped work must not report over the one that took its place.
            if (_works.GetValueOrDefault((work.Request.Uid, work.Pool)) == work)
            {
                report.Report(Describe(work, state, file));
            }
        }
    }

    private static NodeImageStatus Describe(CopyWork work, ImageCopy state, ImageFile? file)
    {
        var (word, reason, message) = state switch
        {
            ImageCopy.Available => (NodeImageStates.Available, ImageReasons.Available, null),
            ImageCopy.Failed failed => (NodeImageStates.Failed, failed.Reason, failed.Message),
            ImageCopy.Pending pending => (NodeImageStates.Downloading, pending.Reason, pending.Message),
            _ => throw new InvalidOperationException($"{state} is no state of a copy."),
        };
        return new NodeImageStatus
        {
            Name = work.Request.Name,
            Uid = work.Request.Uid,
            Pool = work.Pool,
            State = word,
            Reason = reason,
            Message = message,
            Digest = file?.Digest,
            Format = file?.Format,
            Size = file is null ? null : Quantity.FromBytes(file.Size),
            VirtualSize = file is null ? null : Quantity.FromBytes(file.VirtualSize),
        };
    }
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Images;

/// <summary>Removes, pool by pool, the copies of Images that are no more, once nothing is built upon them.</summary>
/// <remarks>Every step wants evidence: the server's word that the Image is gone, the pool's marker, and the volumes' own headers. What cannot be read counts as a use.</remarks>
internal sealed partial class ImageSweep(
    IObjectStore<Image> images,
    IKubernetesClient client,
    LocalPools pools,
    IDomainUses domains,
    ILogger<ImageSweep> logger) : IKeyReconciler
{
    /// <summary>How often copies that are still in use are looked at again.</summary>
    public static readonly TimeSpan Recheck = TimeSpan.FromMinutes(1);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (pools.Find(key.Name) is not { } pool || !(pool.IsAvailable || pool.IsRetired))
        {
            return ReconcileResult.Done;
        }

        using var held = await PoolHold.TryTakeAsync(pool, cancellationToken);
        return held is not null && !await SweepAsync(pool, held.Folder, cancellationToken) ? ReconcileResult.After(Recheck) : ReconcileResult.Done;
    }

    /// <returns>False when something must be looked at again.</returns>
    private async Task<bool> SweepAsync(LocalPool pool, FolderHandle open, CancellationToken cancellationToken)
    {
        var folder = new ImageFolder(pool.Target);
        if (ImageFolder.RemoveDeadParts(open) is var parts and > 0)
        {
            Log.PartsRemoved(logger, parts, pool.Name);
        }

        var records = folder.Records().ToArray();
        var dead = new List<ImageRecord>();
        foreach (var record in records)
        {
            if (pool.IsRetired || await IsGoneAsync(record, cancellationToken))
            {
                dead.Add(record);
            }
        }

        var alive = records.Except(dead).Select(record => record.Digest).ToHashSet(StringComparer.Ordinal);
        var isDone = true;
        foreach (var record in dead)
        {
            if (!alive.Contains(record.Digest) && await IsInUseAsync(folder.CopyPath(record.Digest), pool, cancellationToken))
            {
                isDone = false;
                continue;
            }

            Remove(open, record, isLast: !alive.Contains(record.Digest));
            Log.Removed(logger, record.Name, record.Digest, pool.Name);
        }

        return isDone;
    }

    private static void Remove(FolderHandle open, ImageRecord record, bool isLast)
    {
        if (isLast)
        {
            open.Delete(ImageFolder.CopyNameOf(record.Digest));
        }

        // The record goes last: as long as it is there, the copy is not forgotten.
        open.Delete(ImageFolder.RecordNameOf(record.Uid));
        open.Sync();
    }

    private async Task<bool> IsGoneAsync(ImageRecord record, CancellationToken cancellationToken) =>
        images.Get(new ObjectKey(null, record.Name))?.Uid() != record.Uid
        && (await client.GetAsync<Image>(record.Name, null, cancellationToken))?.Uid() != record.Uid

        // Images that went with their kind may come back, and their sources may not.
        && await client.IsKindWholeAsync<Image>(cancellationToken);

    private async Task<bool> IsInUseAsync(string copy, LocalPool pool, CancellationToken cancellationToken) =>
        File.Exists(copy) && (BackingFiles.Mention(pool.Target, copy) || await domains.UsesFileAsync(copy, cancellationToken));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Removed what {Count} dead transfers left in pool {Pool}")]
        public static partial void PartsRemoved(ILogger logger, int count, string pool);

        [LoggerMessage(Level = LogLevel.Information, Message = "Image {Image} ({Digest}) is gone from pool {Pool}: no Image names it and nothing is built upon it")]
        public static partial void Removed(ILogger logger, string image, string digest, string pool);
    }
}

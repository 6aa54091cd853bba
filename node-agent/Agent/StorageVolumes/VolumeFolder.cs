using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>Makes, grows and removes volumes' files in a pool.</summary>
internal sealed partial class VolumeFolder(IHostVolumes volumes, IHostPools pools, ILogger<VolumeFolder> logger)
{
    /// <summary>Makes the file, or finds that it was made before by an agent that did not live to say so.</summary>
    /// <remarks>It is made under another name, synced and then linked: under its own name a file is whole, and never replaced.</remarks>
    /// <exception cref="HypervisorException">libvirt refused or is not there; nothing was made.</exception>
    /// <exception cref="InvalidDataException">There is a file of this name that is something else. It is left alone.</exception>
    /// <exception cref="VolumeLostException">The pool's record says that it was made before, and it is not there.</exception>
    /// <exception cref="IOException">The pool has lost its marker, or the file system refused.</exception>
    public async Task<VolumeFile> MakeAsync(LocalPool pool, StorageVolume volume, VolumePlan plan, CancellationToken cancellationToken)
    {
        await using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        var path = Path.Combine(pool.Target, plan.Name);
        if (VolumeFile.Find(path, plan.Format) is { } found)
        {
            return found.Fits(plan) ? Recorded(pool, volume, found) : throw new InvalidDataException("it differs from the spec");
        }

        // Whatever the status says, or has forgotten: it may come from a backup that is older than the volume.
        if (File.Exists(RecordOf(pool, volume)))
        {
            throw new VolumeLostException($"{path} was made before and is not there. It is not made again: its data would be missing.");
        }

        if (plan.Backing is { } image && !File.Exists(image.Path))
        {
            throw new IOException($"The copy of the image has gone: {image.Path}.");
        }

        var draft = Path.Combine(pool.Target, VolumePlan.DraftNameOf(volume));
        await RemoveDraftAsync(pool, draft, cancellationToken);
        try
        {
            var preallocate = plan is { IsFull: true, Format: "qcow2" };
            await volumes.CreateAsync(StoragePoolXml.NameOf(pool.Name), plan.ToXml(Path.GetFileName(draft)), preallocate, cancellationToken);
            Sync(draft);
            Posix.Link(draft, path);
        }
        finally
        {
            File.Delete(draft);
        }

        Posix.SyncFolder(pool.Target);
        await RefreshAsync(pool);
        return Recorded(pool, volume, VolumeFile.Find(path, plan.Format) ?? throw new IOException($"{path} has gone as soon as it was made."));
    }

    /// <summary>Forgets that the volume was ever made, for an object that is gone for good and whose file is kept.</summary>
    /// <exception cref="IOException">The pool has lost its marker, or the file system refused.</exception>
    public static async Task ForgetAsync(LocalPool pool, StorageVolume volume, CancellationToken cancellationToken)
    {
        await using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        File.Delete(RecordOf(pool, volume));
    }

    /// <summary>Makes a file larger that no domain has open.</summary>
    /// <exception cref="HypervisorException">libvirt refused or is not there.</exception>
    /// <exception cref="IOException">The pool has lost its marker.</exception>
    public async Task GrowAsync(LocalPool pool, string path, long size, bool allocate, CancellationToken cancellationToken)
    {
        await using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        await pools.RefreshAsync(StoragePoolXml.NameOf(pool.Name), cancellationToken);
        await volumes.ResizeAsync(StoragePoolXml.NameOf(pool.Name), Path.GetFileName(path), size, allocate, cancellationToken);
    }

    /// <summary>Removes a volume's file and what was left of making it; a file that is gone is fine.</summary>
    /// <exception cref="IOException">The pool has lost its marker, or the file system refused.</exception>
    /// <exception cref="InvalidDataException">The path is not that of a volume's file in this pool.</exception>
    public async Task DeleteAsync(LocalPool pool, StorageVolume volume, string path, CancellationToken cancellationToken)
    {
        // Whatever a status says, only files of the pool that carry this object's UID are removed.
        if (Path.GetDirectoryName(path) != pool.Target || !path.EndsWith("." + volume.Uid()[..8], StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} is not the path of this volume in pool \"{pool.Name}\".");
        }

        await using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        File.Delete(Path.Combine(pool.Target, VolumePlan.DraftNameOf(volume)));
        if (File.Exists(path))
        {
            File.Delete(path);
            Posix.SyncFolder(pool.Target);
            await RefreshAsync(pool);
            Log.Deleted(logger, path);
        }

        // Last: as long as the file may be there, it is known to have been made.
        File.Delete(RecordOf(pool, volume));
    }

    private static string RecordOf(LocalPool pool, StorageVolume volume) => Path.Combine(pool.Target, VolumePlan.RecordNameOf(volume));

    /// <summary>Writes down, durably and before any status says so, that the volume was made.</summary>
    private static VolumeFile Recorded(LocalPool pool, StorageVolume volume, VolumeFile file)
    {
        var record = RecordOf(pool, volume);
        if (!File.Exists(record))
        {
            File.WriteAllBytes(record, []);
            Posix.SyncFolder(pool.Target);
        }

        return file;
    }

    private async Task RemoveDraftAsync(LocalPool pool, string draft, CancellationToken cancellationToken)
    {
        if (File.Exists(draft))
        {
            // libvirt may remember it from a refresh, and would refuse to make it again.
            File.Delete(draft);
            await pools.RefreshAsync(StoragePoolXml.NameOf(pool.Name), cancellationToken);
        }
    }

    // libvirt's list of volumes is for people with virsh; that it lags fails nothing.
    private async Task RefreshAsync(LocalPool pool)
    {
        try
        {
            // Not cancelled: the files have changed already.
            await pools.RefreshAsync(StoragePoolXml.NameOf(pool.Name), CancellationToken.None);
        }
        catch (HypervisorException exception)
        {
            Log.NotRefreshed(logger, pool.Name, exception);
        }
    }

    private static void Sync(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Path}")]
        public static partial void Deleted(ILogger logger, string path);

        [LoggerMessage(Level = LogLevel.Warning, Message = "libvirt could not refresh pool {Pool}; its list of volumes lags")]
        public static partial void NotRefreshed(ILogger logger, string pool, Exception exception);
    }
}

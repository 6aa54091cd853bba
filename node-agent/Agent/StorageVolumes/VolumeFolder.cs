using Berth.Api;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>Makes, grows and removes volumes' files in a pool.</summary>
internal sealed partial class VolumeFolder(IHostVolumes volumes, IHostPools pools, ILogger<VolumeFolder> logger)
{
    // Header and first tables of a qcow2 file. One that cannot even have these is not made: its guest would stop at its first write.
    private const long ThinFile = 256 << 10;

    /// <summary>Makes the file, or finds that it was made before by an agent that did not live to say so.</summary>
    /// <remarks>It is made under another name, synced and then linked: under its own name a file is whole, and never replaced.</remarks>
    /// <exception cref="HypervisorException">libvirt refused or is not there; nothing was made.</exception>
    /// <exception cref="InvalidDataException">There is a file of this name that is something else. It is left alone.</exception>
    /// <exception cref="InsufficientSpaceException">The pool has not the space that is taken at once: all of it, or that of an empty file.</exception>
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

        RequireSpace(pool, plan.IsFull ? plan.Capacity : ThinFile);

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
    /// <exception cref="InsufficientSpaceException">All of the space should be taken, and the pool has not enough.</exception>
    public async Task GrowAsync(LocalPool pool, VolumeFile file, long size, bool allocate, CancellationToken cancellationToken)
    {
        await using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        if (allocate)
        {
            RequireSpace(pool, size - file.Capacity);
        }

        if (file.Format == "raw")
        {
            GrowRaw(file.Path, VolumePlan.WholeSectors(size), allocate);
            await RefreshAsync(pool);
            return;
        }

        await pools.RefreshAsync(StoragePoolXml.NameOf(pool.Name), cancellationToken);
        await volumes.ResizeAsync(StoragePoolXml.NameOf(pool.Name), Path.GetFileName(file.Path), size, allocate, cancellationToken);
    }

    // Not by libvirt: it looks into the file for the format, finds there what the guest has written, and would have qemu-img
    // open, and resize, whatever file of the host a qcow2 header of the guest's names.
    private static void GrowRaw(string path, long size, bool allocate)
    {
        using var file = Posix.OpenReadWrite(path);
        if (Posix.Describe(file) is not { Kind: FileKind.Regular } facts || facts.Size >= size)
        {
            return;
        }

        if (allocate)
        {
            Posix.Allocate(file, facts.Size, size);
        }
        else
        {
            RandomAccess.SetLength(file, size);
        }

        RandomAccess.FlushToDisk(file);
    }

    private static void RequireSpace(LocalPool pool, long bytes)
    {
        if (PoolSpace.Usable(pool.Target) is var usable && bytes > usable)
        {
            throw new InsufficientSpaceException($"{bytes} bytes are to be taken at once, and storage pool \"{pool.Name}\" can give {usable} now.");
        }
    }

    /// <summary>Path of a volume's file in a pool: the only one that is ever made, used or deleted for it.</summary>
    /// <exception cref="InvalidDataException">Namespace, name and UID cannot be a file's name.</exception>
    public static string PathOf(LocalPool pool, StorageVolume volume) => Path.Combine(pool.Target, VolumePlan.NameOf(volume));

    /// <summary>Removes a volume's file and what was left of making it; a file that is gone is fine.</summary>
    /// <exception cref="IOException">The pool has lost its marker, or the file system refused.</exception>
    /// <exception cref="InvalidDataException">The path is not that of a volume's file in this pool.</exception>
    public async Task DeleteAsync(LocalPool pool, StorageVolume volume, string path, CancellationToken cancellationToken)
    {
        // Whatever a status says, only the file of the pool that is named after this object is removed.
        if (path != PathOf(pool, volume))
        {
            throw new InvalidDataException($"{path} is not the path of this volume in pool \"{pool.Name}\".");
        }

        await using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        File.Delete(Path.Combine(pool.Target, VolumePlan.DraftNameOf(volume)));
        if (Posix.IsNameTaken(path))
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
        if (Posix.IsNameTaken(draft))
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
        using var file = Posix.OpenReadWrite(path);
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

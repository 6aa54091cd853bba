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
        using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        var path = Path.Combine(pool.Target, plan.Name);
        if (VolumeFile.Find(path, plan.Format) is { } found)
        {
            return found.Fits(plan) ? Recorded(held.Folder, volume, found) : throw new InvalidDataException("it differs from the spec");
        }

        // Whatever the status says, or has forgotten: it may come from a backup that is older than the volume.
        if (held.Folder.Has(VolumePlan.RecordNameOf(volume)))
        {
            throw new VolumeLostException($"{path} was made before and is not there. It is not made again: its data would be missing.");
        }

        if (plan.Backing is { } image && !held.Folder.Has(Path.GetFileName(image.Path)))
        {
            throw new IOException($"The copy of the image has gone: {image.Path}.");
        }

        RequireSpace(pool, plan.IsFull ? plan.Capacity : ThinFile);

        var draft = VolumePlan.DraftNameOf(volume);
        await RemoveDraftAsync(pool, held.Folder, draft, cancellationToken);
        try
        {
            var preallocate = plan is { IsFull: true, Format: "qcow2" };
            await volumes.CreateAsync(StoragePoolXml.NameOf(pool.Name), plan.ToXml(draft), preallocate, cancellationToken);
            Sync(held.Folder, draft);
            held.Folder.Link(draft, plan.Name);
        }
        finally
        {
            held.Folder.Delete(draft);
        }

        held.Folder.Sync();
        await RefreshAsync(pool);
        return Recorded(held.Folder, volume, VolumeFile.Find(path, plan.Format) ?? throw new IOException($"{path} has gone as soon as it was made."));
    }

    /// <summary>Writes down that a volume was made whose file is there: versions up to 0.1.0 kept no record of it in the pool.</summary>
    /// <exception cref="IOException">The pool has lost its marker, or the file system refused.</exception>
    public static async Task RememberAsync(LocalPool pool, StorageVolume volume, VolumeFile file, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(pool.Target, VolumePlan.RecordNameOf(volume))))
        {
            using var held = await PoolHold.TakeAsync(pool, cancellationToken);
            Recorded(held.Folder, volume, file);
        }
    }

    /// <summary>True when the volume's file is in the pool, or was once.</summary>
    public static bool HasTrace(LocalPool pool, StorageVolume volume) =>
        File.Exists(PathOf(pool, volume)) || File.Exists(Path.Combine(pool.Target, VolumePlan.RecordNameOf(volume)));

    /// <summary>Forgets that the volume was ever made, for an object that is gone for good and whose file is kept.</summary>
    /// <exception cref="IOException">The pool has lost its marker, or the file system refused.</exception>
    public static async Task ForgetAsync(LocalPool pool, StorageVolume volume, CancellationToken cancellationToken)
    {
        using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        held.Folder.Delete(VolumePlan.RecordNameOf(volume));
    }

    /// <summary>Makes a file larger that no domain has open.</summary>
    /// <exception cref="HypervisorException">libvirt refused or is not there.</exception>
    /// <exception cref="IOException">The pool has lost its marker.</exception>
    /// <exception cref="InsufficientSpaceException">All of the space should be taken, and the pool has not enough.</exception>
    public async Task GrowAsync(LocalPool pool, VolumeFile file, long size, bool allocate, CancellationToken cancellationToken)
    {
        using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        if (allocate)
        {
            RequireSpace(pool, size - file.Capacity);
        }

        if (file.Format == "raw")
        {
            GrowRaw(held.Folder, Path.GetFileName(file.Path), VolumePlan.WholeSectors(size), allocate);
            await RefreshAsync(pool);
            return;
        }

        await pools.RefreshAsync(StoragePoolXml.NameOf(pool.Name), cancellationToken);
        await volumes.ResizeAsync(StoragePoolXml.NameOf(pool.Name), Path.GetFileName(file.Path), size, allocate, cancellationToken);
    }

    // Not by libvirt: it looks into the file for the format, finds there what the guest has written, and would have qemu-img
    // open, and resize, whatever file of the host a qcow2 header of the guest's names.
    private static void GrowRaw(FolderHandle folder, string name, long size, bool allocate)
    {
        using var file = folder.OpenReadWrite(name);
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

        using var held = await PoolHold.TakeAsync(pool, cancellationToken);
        held.Folder.Delete(VolumePlan.DraftNameOf(volume));
        if (held.Folder.Delete(VolumePlan.NameOf(volume)))
        {
            held.Folder.Sync();
            await RefreshAsync(pool);
            Log.Deleted(logger, path);
        }

        // Last: as long as the file may be there, it is known to have been made.
        held.Folder.Delete(VolumePlan.RecordNameOf(volume));
    }

    /// <summary>Writes down, durably and before any status says so, that the volume was made.</summary>
    private static VolumeFile Recorded(FolderHandle folder, StorageVolume volume, VolumeFile file)
    {
        using var made = folder.Create(VolumePlan.RecordNameOf(volume));
        if (made is not null)
        {
            folder.Sync();
        }

        return file;
    }

    private async Task RemoveDraftAsync(LocalPool pool, FolderHandle folder, string draft, CancellationToken cancellationToken)
    {
        if (folder.Delete(draft))
        {
            // libvirt may remember it from a refresh, and would refuse to make it again.
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

    private static void Sync(FolderHandle folder, string name)
    {
        using var file = folder.OpenReadWrite(name);
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

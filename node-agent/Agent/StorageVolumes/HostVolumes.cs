using Berth.Libvirt;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>The volumes role over libvirt.</summary>
internal sealed class HostVolumes(LibvirtConnection libvirt) : IHostVolumes
{
    public Task CreateAsync(string pool, string xml, bool preallocate, CancellationToken cancellationToken) => LibvirtCalls.OfAsync(
        libvirt.StorageVolumes.CreateAsync(pool, xml, preallocate ? StorageVolumeCreateOptions.PreallocateMetadata : StorageVolumeCreateOptions.None, cancellationToken));

    public Task ResizeAsync(string pool, string name, long size, bool allocate, CancellationToken cancellationToken) => LibvirtCalls.OfAsync(
        libvirt.StorageVolumes.ResizeAsync(pool, name, (ulong)size, allocate ? StorageVolumeResizeOptions.Allocate : StorageVolumeResizeOptions.None, cancellationToken));
}

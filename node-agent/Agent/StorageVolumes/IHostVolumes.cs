namespace Berth.NodeAgent.StorageVolumes;

/// <summary>The making of volumes by this node's libvirt, in our words. Pools and volumes are named as libvirt names them.</summary>
/// <remarks>Every method throws <see cref="VirtualMachines.HypervisorException"/> when libvirt refuses or is not there.</remarks>
internal interface IHostVolumes
{
    /// <summary>Makes a volume as the XML says; <paramref name="preallocate"/> takes all of a qcow2 file's space at once.</summary>
    Task CreateAsync(string pool, string xml, bool preallocate, CancellationToken cancellationToken);

    /// <summary>Gives a volume that nobody has open another size.</summary>
    Task ResizeAsync(string pool, string name, long size, bool allocate, CancellationToken cancellationToken);
}

using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>The volumes in a host's storage pools, named by pool and name.</summary>
/// <remarks>
/// libvirt knows the volumes of active pools only, as of the pool's last refresh. What reads gives null where there is
/// no such volume; what changes throws <see cref="LibvirtErrorCode.NoStorageVolume"/> or
/// <see cref="LibvirtErrorCode.NoStoragePool"/>.
/// </remarks>
public sealed partial class LibvirtStorageVolumes
{
    private readonly LibvirtConnection _connection;

    internal LibvirtStorageVolumes(LibvirtConnection connection) => _connection = connection;

    /// <summary>Lists the volumes of an active pool; null if there is no such pool.</summary>
    public Task<IReadOnlyList<StorageVolumeInfo>?> ListAsync(string pool, CancellationToken cancellationToken) =>
        _connection.InvokeAsync<IReadOnlyList<StorageVolumeInfo>?>(
            LibvirtLane.Long,
            connection =>
            {
                using var found = StorageReading.LookupPool(connection, pool);
                return found is null ? null : StorageReading.ListVolumes(found);
            },
            cancellationToken);

    /// <summary>Finds a volume; null if it or its pool is not there.</summary>
    public Task<StorageVolumeInfo?> FindAsync(string pool, string name, CancellationToken cancellationToken) =>
        ReadAsync(
            connection => StorageReading.LookupVolume(connection, pool, name), StorageReading.ReadVolume, cancellationToken);

    /// <summary>Finds the volume with this path in any active pool; null if there is none.</summary>
    public Task<StorageVolumeInfo?> FindByPathAsync(string path, CancellationToken cancellationToken) =>
        ReadAsync(
            connection => CheckFound(virStorageVolLookupByPath(connection, path), LibvirtErrorCode.NoStorageVolume),
            StorageReading.ReadVolume,
            cancellationToken);

    /// <summary>Reads a volume's XML; null if it or its pool is not there.</summary>
    public Task<string?> GetXmlAsync(string pool, string name, CancellationToken cancellationToken) =>
        ReadAsync(connection => StorageReading.LookupVolume(connection, pool, name), ReadXml, cancellationToken);

    /// <summary>Makes a volume, empty or upon the backing store that the XML names.</summary>
    public Task<StorageVolumeInfo> CreateAsync(
        string pool, string xml, StorageVolumeCreateOptions options, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var target = StorageReading.RequirePool(connection, pool);
                using var volume = Check(virStorageVolCreateXML(target, xml, (uint)options));
                return StorageReading.ReadVolume(volume);
            },
            cancellationToken);

    /// <summary>Makes a volume with the content of another, converting the format where they differ.</summary>
    public Task<StorageVolumeInfo> CloneAsync(
        string pool,
        string xml,
        string sourcePool,
        string sourceName,
        StorageVolumeCreateOptions options,
        CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Copy,
            connection =>
            {
                using var target = StorageReading.RequirePool(connection, pool);
                using var source = StorageReading.RequireVolume(connection, sourcePool, sourceName);
                using var volume = Check(virStorageVolCreateXMLFrom(target, xml, source, (uint)options));
                return StorageReading.ReadVolume(volume);
            },
            cancellationToken);

    /// <summary>Deletes a volume and its data.</summary>
    /// <returns>False if it or its pool is not there.</returns>
    public Task<bool> DeleteAsync(string pool, string name, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var volume = StorageReading.LookupVolume(connection, pool, name);
                if (volume is null)
                {
                    return false;
                }

                Check(virStorageVolDelete(volume, 0));
                return true;
            },
            cancellationToken);

    /// <summary>Sets a volume's capacity in bytes; for one that a running guest uses, resize the guest's disk instead.</summary>
    public Task ResizeAsync(
        string pool, string name, ulong bytes, StorageVolumeResizeOptions options, CancellationToken cancellationToken) =>
        ChangeAsync(
            LibvirtLane.Long,
            pool,
            name,
            volume => Check(virStorageVolResize(volume, bytes, (uint)options)),
            cancellationToken);

    /// <summary>Overwrites a volume with zeroes.</summary>
    public Task WipeAsync(string pool, string name, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Copy, pool, name, volume => Check(virStorageVolWipe(volume, 0)), cancellationToken);

    private static unsafe string ReadXml(VirStorageVolHandle volume) => TakeString(virStorageVolGetXMLDesc(volume, 0));

    private Task<T?> ReadAsync<T>(
        Func<VirConnectHandle, VirStorageVolHandle?> lookup,
        Func<VirStorageVolHandle, T> read,
        CancellationToken cancellationToken)
        where T : class =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var volume = lookup(connection);
                try
                {
                    return volume is null ? null : read(volume);
                }
                catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.NoStorageVolume)
                {
                    return null;
                }
            },
            cancellationToken);

    private Task<int> ChangeAsync(
        LibvirtLane lane,
        string pool,
        string name,
        Func<VirStorageVolHandle, int> change,
        CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            lane,
            connection =>
            {
                using var volume = StorageReading.RequireVolume(connection, pool, name);
                return change(volume);
            },
            cancellationToken);
}

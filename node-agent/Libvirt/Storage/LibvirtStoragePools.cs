using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>The storage pools of a host, named by their libvirt names.</summary>
/// <remarks>
/// What reads gives null where there is no such pool; what changes throws <see cref="LibvirtErrorCode.NoStoragePool"/>;
/// what removes says whether there was something to remove.
/// </remarks>
public sealed class LibvirtStoragePools
{
    private readonly LibvirtConnection _connection;

    internal LibvirtStoragePools(LibvirtConnection connection) => _connection = connection;

    /// <summary>Lists all pools, active or not.</summary>
    public Task<IReadOnlyList<StoragePoolInfo>> ListAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync<IReadOnlyList<StoragePoolInfo>>(LibvirtLane.Query, StorageReading.ListPools, cancellationToken);

    /// <summary>Finds a pool by name; null if there is none.</summary>
    public Task<StoragePoolInfo?> FindAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync(connection => StorageReading.LookupPool(connection, name), StorageReading.ReadPool, cancellationToken);

    /// <summary>Finds a pool by UUID; null if there is none.</summary>
    public Task<StoragePoolInfo?> FindAsync(Guid uuid, CancellationToken cancellationToken) =>
        ReadAsync(connection => StorageReading.LookupPool(connection, uuid), StorageReading.ReadPool, cancellationToken);

    /// <summary>Finds the pool with this target path; null if there is none.</summary>
    public Task<StoragePoolInfo?> FindByTargetPathAsync(string path, CancellationToken cancellationToken) =>
        ReadAsync(
            connection => CheckFound(virStoragePoolLookupByTargetPath(connection, path), LibvirtErrorCode.NoStoragePool),
            StorageReading.ReadPool,
            cancellationToken);

    /// <summary>Reads a pool's XML; null if there is none.</summary>
    public Task<string?> GetXmlAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync(connection => StorageReading.LookupPool(connection, name), ReadXml, cancellationToken);

    /// <summary>Adds or replaces a definition; the pool is not started.</summary>
    /// <returns>The pool's UUID.</returns>
    public Task<Guid> DefineAsync(string xml, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var pool = Check(virStoragePoolDefineXML(connection, xml, 0));
                return StorageReading.ReadUuid(pool);
            },
            cancellationToken);

    /// <summary>Starts a pool that has no definition and vanishes when it stops.</summary>
    /// <returns>The pool's UUID.</returns>
    public Task<Guid> CreateAsync(string xml, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var pool = Check(virStoragePoolCreateXML(connection, xml, 0));
                return StorageReading.ReadUuid(pool);
            },
            cancellationToken);

    /// <summary>Makes the pool's storage ready: a directory, a file system, a volume group.</summary>
    public Task BuildAsync(string name, StoragePoolBuildMode mode, CancellationToken cancellationToken) =>
        ChangeAsync(name, pool => Check(virStoragePoolBuild(pool, (uint)mode)), cancellationToken);

    /// <summary>Starts a defined pool and reads its volumes.</summary>
    public Task StartAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync(name, pool => Check(virStoragePoolCreate(pool, 0)), cancellationToken);

    /// <summary>Reads volumes and figures anew.</summary>
    public Task RefreshAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync(name, pool => Check(virStoragePoolRefresh(pool, 0)), cancellationToken);

    /// <summary>Sets whether libvirt starts the pool with the host.</summary>
    public Task SetAutostartAsync(string name, bool autostart, CancellationToken cancellationToken) =>
        ChangeAsync(name, pool => Check(virStoragePoolSetAutostart(pool, autostart ? 1 : 0)), cancellationToken);

    /// <summary>Stops a pool; its data stays.</summary>
    /// <returns>False if there is no such pool or it was inactive already.</returns>
    public Task<bool> DestroyAsync(string name, CancellationToken cancellationToken) =>
        RemoveAsync(
            name,
            pool =>
            {
                if (Check(virStoragePoolIsActive(pool)) == 0)
                {
                    return false;
                }

                Check(virStoragePoolDestroy(pool));
                return true;
            },
            cancellationToken);

    /// <summary>Removes the definition of an inactive pool; its data stays.</summary>
    /// <returns>False if there is no such pool.</returns>
    public Task<bool> UndefineAsync(string name, CancellationToken cancellationToken) =>
        RemoveAsync(
            name,
            pool =>
            {
                Check(virStoragePoolUndefine(pool));
                return true;
            },
            cancellationToken);

    private static unsafe string ReadXml(VirStoragePoolHandle pool) => TakeString(virStoragePoolGetXMLDesc(pool, 0));

    private Task<T?> ReadAsync<T>(
        Func<VirConnectHandle, VirStoragePoolHandle?> lookup,
        Func<VirStoragePoolHandle, T> read,
        CancellationToken cancellationToken)
        where T : class =>
        _connection.InvokeAsync(
            LibvirtLane.Query,
            connection =>
            {
                using var pool = lookup(connection);
                try
                {
                    return pool is null ? null : read(pool);
                }
                catch (LibvirtException exception) when (exception.Code is LibvirtErrorCode.NoStoragePool)
                {
                    return null;
                }
            },
            cancellationToken);

    private Task<int> ChangeAsync(string name, Func<VirStoragePoolHandle, int> change, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var pool = StorageReading.RequirePool(connection, name);
                return change(pool);
            },
            cancellationToken);

    private Task<bool> RemoveAsync(
        string name, Func<VirStoragePoolHandle, bool> remove, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Long,
            connection =>
            {
                using var pool = StorageReading.LookupPool(connection, name);
                return pool is not null && remove(pool);
            },
            cancellationToken);
}

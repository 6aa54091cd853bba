using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>Finds and reads pools and volumes.</summary>
internal static unsafe class StorageReading
{
    internal static VirStoragePoolHandle? LookupPool(VirConnectHandle connection, string name) =>
        CheckFound(virStoragePoolLookupByName(connection, name), LibvirtErrorCode.NoStoragePool);

    internal static VirStoragePoolHandle? LookupPool(VirConnectHandle connection, Guid uuid) =>
        LibvirtUuid.Pass(
            uuid, bytes => CheckFound(virStoragePoolLookupByUUID(connection, bytes), LibvirtErrorCode.NoStoragePool));

    internal static VirStoragePoolHandle RequirePool(VirConnectHandle connection, string name) =>
        Check(virStoragePoolLookupByName(connection, name));

    /// <summary>Finds a volume; null if it or its pool is not there.</summary>
    internal static VirStorageVolHandle? LookupVolume(VirConnectHandle connection, string pool, string name)
    {
        using var found = LookupPool(connection, pool);
        return found is null
            ? null
            : CheckFound(virStorageVolLookupByName(found, name), LibvirtErrorCode.NoStorageVolume);
    }

    internal static VirStorageVolHandle RequireVolume(VirConnectHandle connection, string pool, string name)
    {
        using var found = RequirePool(connection, pool);
        return Check(virStorageVolLookupByName(found, name));
    }

    internal static Guid ReadUuid(VirStoragePoolHandle pool) =>
        LibvirtUuid.Read(uuid => virStoragePoolGetUUID(pool.DangerousGetHandle(), uuid));

    internal static StoragePoolInfo ReadPool(VirStoragePoolHandle pool)
    {
        VirStoragePoolInfo info;
        Check(virStoragePoolGetInfo(pool, &info));
        var persistent = Check(virStoragePoolIsPersistent(pool)) == 1;
        var autostart = 0;
        if (persistent)
        {
            Check(virStoragePoolGetAutostart(pool, out autostart));
        }

        return new StoragePoolInfo(
            ReadUuid(pool),
            Text(virStoragePoolGetName(pool.DangerousGetHandle())),
            (StoragePoolState)info.State,
            persistent,
            autostart == 1,
            info.Capacity,
            info.Allocation,
            info.Available);
    }

    internal static List<StoragePoolInfo> ListPools(VirConnectHandle connection)
    {
        var count = Check(virConnectListAllStoragePools(connection, out var references, 0));
        return HandleArray.Read<VirStoragePoolHandle, StoragePoolInfo>(
            references, count, ReadPool, LibvirtErrorCode.NoStoragePool);
    }

    internal static StorageVolumeInfo ReadVolume(VirStorageVolHandle volume)
    {
        VirStorageVolInfo info;
        Check(virStorageVolGetInfo(volume, &info));
        using var pool = Check(virStoragePoolLookupByVolume(volume));
        return new StorageVolumeInfo(
            Text(virStoragePoolGetName(pool.DangerousGetHandle())),
            Text(virStorageVolGetName(volume)),
            Text(virStorageVolGetKey(volume)),
            TakeString(virStorageVolGetPath(volume)),
            (StorageVolumeType)info.Type,
            info.Capacity,
            info.Allocation);
    }

    internal static List<StorageVolumeInfo> ListVolumes(VirStoragePoolHandle pool)
    {
        var count = Check(virStoragePoolListAllVolumes(pool, out var references, 0));
        return HandleArray.Read<VirStorageVolHandle, StorageVolumeInfo>(
            references, count, ReadVolume, LibvirtErrorCode.NoStorageVolume);
    }
}

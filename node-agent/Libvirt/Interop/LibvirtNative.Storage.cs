using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virStoragePoolFree(nint pool);

    [LibraryImport(Library)]
    internal static partial int virConnectListAllStoragePools(VirConnectHandle conn, out nint* pools, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStoragePoolHandle virStoragePoolLookupByName(VirConnectHandle conn, string name);

    [LibraryImport(Library)]
    internal static partial VirStoragePoolHandle virStoragePoolLookupByUUID(VirConnectHandle conn, byte* uuid);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStoragePoolHandle virStoragePoolLookupByTargetPath(VirConnectHandle conn, string path);

    [LibraryImport(Library)]
    internal static partial VirStoragePoolHandle virStoragePoolLookupByVolume(VirStorageVolHandle vol);

    [LibraryImport(Library)]
    internal static partial byte* virStoragePoolGetName(nint pool);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolGetUUID(nint pool, byte* uuid);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStoragePoolHandle virStoragePoolDefineXML(VirConnectHandle conn, string xmlDesc, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStoragePoolHandle virStoragePoolCreateXML(VirConnectHandle conn, string xmlDesc, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolBuild(VirStoragePoolHandle pool, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolCreate(VirStoragePoolHandle pool, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolDestroy(VirStoragePoolHandle pool);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolUndefine(VirStoragePoolHandle pool);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolRefresh(VirStoragePoolHandle pool, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolGetInfo(VirStoragePoolHandle pool, VirStoragePoolInfo* info);

    [LibraryImport(Library)]
    internal static partial byte* virStoragePoolGetXMLDesc(VirStoragePoolHandle pool, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolGetAutostart(VirStoragePoolHandle pool, out int autostart);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolSetAutostart(VirStoragePoolHandle pool, int autostart);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolIsActive(VirStoragePoolHandle pool);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolIsPersistent(VirStoragePoolHandle pool);

    [LibraryImport(Library)]
    internal static partial int virStoragePoolListAllVolumes(VirStoragePoolHandle pool, out nint* vols, uint flags);
}

[StructLayout(LayoutKind.Sequential)]
internal struct VirStoragePoolInfo
{
    internal int State;
    internal ulong Capacity;
    internal ulong Allocation;
    internal ulong Available;
}

[StructLayout(LayoutKind.Sequential)]
internal struct VirStorageVolInfo
{
    internal int Type;
    internal ulong Capacity;
    internal ulong Allocation;
}

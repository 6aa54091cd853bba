using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virStorageVolFree(nint vol);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStorageVolHandle virStorageVolLookupByName(VirStoragePoolHandle pool, string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStorageVolHandle virStorageVolLookupByPath(VirConnectHandle conn, string path);

    [LibraryImport(Library)]
    internal static partial byte* virStorageVolGetName(VirStorageVolHandle vol);

    [LibraryImport(Library)]
    internal static partial byte* virStorageVolGetKey(VirStorageVolHandle vol);

    [LibraryImport(Library)]
    internal static partial byte* virStorageVolGetPath(VirStorageVolHandle vol);

    [LibraryImport(Library)]
    internal static partial byte* virStorageVolGetXMLDesc(VirStorageVolHandle vol, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStorageVolGetInfo(VirStorageVolHandle vol, VirStorageVolInfo* info);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStorageVolHandle virStorageVolCreateXML(VirStoragePoolHandle pool, string xmldesc, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirStorageVolHandle virStorageVolCreateXMLFrom(
        VirStoragePoolHandle pool, string xmldesc, VirStorageVolHandle clonevol, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStorageVolDelete(VirStorageVolHandle vol, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStorageVolResize(VirStorageVolHandle vol, ulong capacity, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStorageVolWipe(VirStorageVolHandle vol, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStorageVolUpload(
        VirStorageVolHandle vol, VirStreamHandle stream, ulong offset, ulong length, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStorageVolDownload(
        VirStorageVolHandle vol, VirStreamHandle stream, ulong offset, ulong length, uint flags);
}

using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virSecretFree(nint secret);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial VirSecretHandle virSecretDefineXML(VirConnectHandle conn, string xml, uint flags);

    [LibraryImport(Library)]
    internal static partial VirSecretHandle virSecretLookupByUUID(VirConnectHandle conn, byte* uuid);

    [LibraryImport(Library)]
    internal static partial int virSecretGetUUID(VirSecretHandle secret, byte* buf);

    [LibraryImport(Library)]
    internal static partial int virSecretSetValue(VirSecretHandle secret, byte* value, nuint value_size, uint flags);

    [LibraryImport(Library)]
    internal static partial int virSecretUndefine(VirSecretHandle secret);
}

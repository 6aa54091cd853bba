using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainSaveFlags(VirDomainHandle domain, string to, string? dxml, uint flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int virDomainRestoreFlags(VirConnectHandle conn, string from, string? dxml, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainManagedSave(VirDomainHandle dom, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainHasManagedSaveImage(VirDomainHandle dom, uint flags);

    [LibraryImport(Library)]
    internal static partial int virDomainManagedSaveRemove(VirDomainHandle dom, uint flags);
}

using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virEventRegisterDefaultImpl();

    [LibraryImport(Library)]
    internal static partial int virEventRunDefaultImpl();

    [LibraryImport(Library)]
    internal static partial int virEventAddTimeout(
        int frequency, delegate* unmanaged[Cdecl]<int, nint, void> cb, nint opaque, delegate* unmanaged[Cdecl]<nint, void> ff);
}

using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

// Each event has a callback of its own shape; libvirt takes all of them as one generic pointer.
internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial int virConnectDomainEventRegisterAny(
        VirConnectHandle conn, nint dom, int eventID, void* cb, nint opaque, delegate* unmanaged[Cdecl]<nint, void> freecb);

    [LibraryImport(Library)]
    internal static partial int virConnectDomainEventDeregisterAny(VirConnectHandle conn, int callbackID);

    [LibraryImport(Library)]
    internal static partial int virConnectNetworkEventRegisterAny(
        VirConnectHandle conn, nint net, int eventID, void* cb, nint opaque, delegate* unmanaged[Cdecl]<nint, void> freecb);

    [LibraryImport(Library)]
    internal static partial int virConnectNetworkEventDeregisterAny(VirConnectHandle conn, int callbackID);

    [LibraryImport(Library)]
    internal static partial int virConnectStoragePoolEventRegisterAny(
        VirConnectHandle conn, nint pool, int eventID, void* cb, nint opaque, delegate* unmanaged[Cdecl]<nint, void> freecb);

    [LibraryImport(Library)]
    internal static partial int virConnectStoragePoolEventDeregisterAny(VirConnectHandle conn, int callbackID);
}

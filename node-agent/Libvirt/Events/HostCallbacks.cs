using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>The callbacks of networks and storage pools, and what all callbacks share; the rules are those of <see cref="DomainCallbacks"/>.</summary>
internal static unsafe class HostCallbacks
{
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnNetworkLifecycle(nint connection, nint network, int type, int detail, nint opaque) =>
        Publish(opaque, () => new NetworkLifecycleEvent(
            LibvirtUuid.Read(uuid => LibvirtNative.virNetworkGetUUID(network, uuid)),
            LibvirtCheck.Text(LibvirtNative.virNetworkGetName(network)),
            (NetworkLifecycle)type));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnPoolLifecycle(nint connection, nint pool, int type, int detail, nint opaque) =>
        Publish(opaque, () => new StoragePoolLifecycleEvent(
            LibvirtUuid.Read(uuid => LibvirtNative.virStoragePoolGetUUID(pool, uuid)),
            LibvirtCheck.Text(LibvirtNative.virStoragePoolGetName(pool)),
            (StoragePoolLifecycle)type));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnPoolRefreshed(nint connection, nint pool, nint opaque) =>
        Publish(opaque, () => new StoragePoolRefreshed(
            LibvirtUuid.Read(uuid => LibvirtNative.virStoragePoolGetUUID(pool, uuid)),
            LibvirtCheck.Text(LibvirtNative.virStoragePoolGetName(pool))));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnFreed(nint opaque) => CallbackRegistry.Remove(opaque);

    internal static void Publish(nint opaque, Func<LibvirtEvent> describe)
    {
        if (CallbackRegistry.Find<EventSink>(opaque) is not { } sink)
        {
            return;
        }

        try
        {
            sink.Publish(describe());
        }
        catch (Exception)
        {
            // An exception must not cross libvirt's frames: that would end the process. The reader is told to look again.
            sink.Publish(new EventsDropped());
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>What libvirt calls on its event thread: copy what the event says, queue it, return; never throw, never call the daemon.</summary>
internal static unsafe class DomainCallbacks
{
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnLifecycle(nint connection, nint domain, int type, int detail, nint opaque) =>
        Publish(opaque, domain, (uuid, name) =>
            new DomainLifecycleEvent(uuid, name, (DomainLifecycle)type, DomainLifecycleDetails.Of(type, detail)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnReboot(nint connection, nint domain, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainRebooted(uuid, name));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnWatchdog(nint connection, nint domain, int action, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainWatchdogFired(uuid, name, (DomainWatchdogAction)action));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnIOError(
        nint connection, nint domain, byte* path, byte* device, int action, byte* reason, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainIOError(
            uuid,
            name,
            LibvirtCheck.Text(path),
            LibvirtCheck.Text(device),
            (DomainIOErrorAction)action,
            LibvirtCheck.Text(reason)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnDeviceRemoved(nint connection, nint domain, byte* device, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainDeviceRemoved(uuid, name, LibvirtCheck.Text(device)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnDeviceAdded(nint connection, nint domain, byte* device, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainDeviceAdded(uuid, name, LibvirtCheck.Text(device)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnDeviceRemovalFailed(nint connection, nint domain, byte* device, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainDeviceRemovalFailed(uuid, name, LibvirtCheck.Text(device)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnBlockJob(nint connection, nint domain, byte* disk, int type, int status, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainBlockJobChanged(
            uuid, name, LibvirtCheck.Text(disk), (DomainBlockJobType)type, (DomainBlockJobStatus)status));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnAgent(nint connection, nint domain, int state, int reason, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainAgentChanged(uuid, name, IsConnected: state == 1));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnMigrationIteration(nint connection, nint domain, int iteration, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainMigrationIteration(uuid, name, iteration));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnJobCompleted(nint connection, nint domain, VirTypedParameter* parameters, int count, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainJobCompleted(
            uuid, name, DomainJob.From(DomainJobType.Completed, TypedParameters.Copy(parameters, count))));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnMetadataChanged(nint connection, nint domain, int type, byte* uri, nint opaque) =>
        Publish(opaque, domain, (uuid, name) => new DomainMetadataChanged(uuid, name, LibvirtCheck.Text(uri)));

    private static void Publish(nint opaque, nint domain, Func<Guid, string, LibvirtEvent> describe) =>
        HostCallbacks.Publish(
            opaque,
            () => describe(
                LibvirtUuid.Read(uuid => LibvirtNative.virDomainGetUUID(domain, uuid)),
                LibvirtCheck.Text(LibvirtNative.virDomainGetName(domain))));
}

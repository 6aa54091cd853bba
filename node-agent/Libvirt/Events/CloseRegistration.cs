using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>libvirt's notice that a connection has ended.</summary>
internal static unsafe class CloseRegistration
{
    private static readonly string[] s_reasons =
    [
        "an error on the connection",
        "the daemon closed the connection",
        "the daemon did not answer the keepalive",
        "closed by this side",
    ];

    /// <summary>Asks to be told; null where the driver has no such notice.</summary>
    internal static CallbackRegistration? Register(VirConnectHandle connection, LibvirtSession session)
    {
        var opaque = CallbackRegistry.Add(session);
        if (LibvirtNative.virConnectRegisterCloseCallback(connection, &OnClosed, opaque, &OnFreed) >= 0)
        {
            return new CallbackRegistration(
                opaque, () => LibvirtNative.virConnectUnregisterCloseCallback(connection, &OnClosed));
        }

        CallbackRegistry.Remove(opaque);
        return null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnClosed(nint connection, int reason, nint opaque) =>
        CallbackRegistry.Find<LibvirtSession>(opaque)?.ReportLost(
            (uint)reason < (uint)s_reasons.Length ? s_reasons[reason] : $"reason {reason}");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnFreed(nint opaque) => CallbackRegistry.Remove(opaque);
}

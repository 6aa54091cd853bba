using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

/// <summary>QEMU's own functions live in a library beside libvirt's; where it is missing, callers see NoSupport.</summary>
internal static unsafe partial class LibvirtQemuNative
{
    [LibraryImport("libvirt-qemu.so.0", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte* virDomainQemuAgentCommand(VirDomainHandle domain, string cmd, int timeout, uint flags);
}

using System.Runtime.InteropServices;

namespace Berth.Libvirt.Kvm;

/// <summary>A step of using KVM failed with this errno, or gave an answer that it must not give.</summary>
internal sealed class KvmException(string message) : Exception(message)
{
    internal static KvmException FromLastError(string step)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new KvmException($"{step}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})");
    }
}

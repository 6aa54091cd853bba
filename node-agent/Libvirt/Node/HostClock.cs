using System.Runtime.InteropServices;

namespace Berth.Libvirt;

/// <summary>The kernel's clock, as adjtimex(2) tells of it.</summary>
public static unsafe partial class HostClock
{
    // struct timex is 208 bytes long on 64-bit Linux; its first field says what to set: nothing.
    private const int TimexSize = 256;
    private const int Unsynchronized = 5; // TIME_ERROR

    /// <summary>Whether the clock follows a time source; null where the kernel does not tell.</summary>
    public static bool? IsSynchronized()
    {
        var timex = stackalloc byte[TimexSize];
        new Span<byte>(timex, TimexSize).Clear();
        return AdjustTime(timex) switch
        {
            < 0 => null,
            Unsynchronized => false,
            _ => true,
        };
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjustTime(byte* timex);
}

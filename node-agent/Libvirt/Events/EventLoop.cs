using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>The one thread that runs libvirt's event loop, from before the first connection to the end of the process.</summary>
internal static unsafe class EventLoop
{
    private const int WakeMilliseconds = 5_000;

    private static readonly Lock s_gate = new();
    private static readonly ManualResetEventSlim s_pause = new(initialState: false);
    private static bool s_started;

    /// <summary>Starts the loop once; must come before the first connection, or that connection would have neither events nor keepalive.</summary>
    internal static void EnsureStarted()
    {
        lock (s_gate)
        {
            if (s_started)
            {
                return;
            }

            LibvirtCheck.Check(LibvirtNative.virInitialize());
            LibvirtNative.virSetErrorFunc(0, &OnError);
            LibvirtCheck.Check(LibvirtNative.virEventRegisterDefaultImpl());

            // With nothing registered the loop would block for ever, deaf to what is registered later.
            LibvirtCheck.Check(LibvirtNative.virEventAddTimeout(WakeMilliseconds, &OnTimeout, 0, null));
            new Thread(Run) { IsBackground = true, Name = "libvirt-events" }.UnsafeStart();
            s_started = true;
        }
    }

    private static void Run()
    {
        while (true)
        {
            if (LibvirtNative.virEventRunDefaultImpl() < 0)
            {
                // Not known to happen; without a pause it would burn a CPU.
                s_pause.Wait(TimeSpan.FromMilliseconds(100), CancellationToken.None);
            }
        }
    }

    // libvirt prints every error to stderr unless someone else takes it; we read errors where they occur.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnError(nint userData, VirError* error)
    {
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnTimeout(int timer, nint opaque)
    {
    }
}

namespace Berth.Libvirt;

/// <summary>How many references on libvirt objects this process holds: all zero when no connection is open.</summary>
public static class LibvirtHandles
{
    private static readonly int[] s_open = new int[Enum.GetValues<LibvirtObjectKind>().Length];

    /// <summary>The number of references held on objects of this kind, process-wide.</summary>
    public static int Open(LibvirtObjectKind kind) => Volatile.Read(ref s_open[(int)kind]);

    /// <summary>The number of references held on objects of any kind, process-wide.</summary>
    public static int Total => Enum.GetValues<LibvirtObjectKind>().Sum(Open);

    internal static void Opened(LibvirtObjectKind kind) => Interlocked.Increment(ref s_open[(int)kind]);

    internal static void Closed(LibvirtObjectKind kind) => Interlocked.Decrement(ref s_open[(int)kind]);
}

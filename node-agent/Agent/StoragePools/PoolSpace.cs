namespace Berth.NodeAgent.StoragePools;

/// <summary>How much of a pool's free space may be taken at once. What is written ahead of need leaves something for running guests: without space their disks stop.</summary>
internal static class PoolSpace
{
    private const long MaxReserve = 1L << 30;
    private const int ReserveShare = 20;
    private const long MaxRoom = 64L << 20;

    /// <summary>Bytes that may be taken now: the free space of the folder's file system without a twentieth of its size, or without 1 GiB where that is less.</summary>
    public static long Usable(string folder)
    {
        var (capacity, free) = PoolTarget.Measure(folder);
        return Math.Max(0, free - Math.Min(capacity / ReserveShare, MaxReserve));
    }

    /// <summary>True when guests that write there get on for a while: a twentieth of the file system is free, or 64 MiB where that is less.</summary>
    public static bool HasRoom(string folder)
    {
        var (capacity, free) = PoolTarget.Measure(folder);
        return free >= Math.Min(capacity / ReserveShare, MaxRoom);
    }
}

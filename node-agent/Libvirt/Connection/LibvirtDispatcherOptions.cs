namespace Berth.Libvirt;

/// <summary>How many threads a <see cref="LibvirtDispatcher"/> may start for each kind of call; they start when first needed.</summary>
/// <remarks>
/// Each thread opens a connection of its own to each daemon that it calls. libvirtd runs at most 20 calls at a time
/// (max_workers), whoever makes them.
/// </remarks>
public sealed record LibvirtDispatcherOptions
{
    /// <summary>Threads for calls that the daemon answers alone. Default 2.</summary>
    public int QueryThreads { get; init; } = 2;

    /// <summary>Threads for calls that wait for a guest's monitor or agent. Default 3.</summary>
    public int GuestThreads { get; init; } = 3;

    /// <summary>Threads for start, destroy, save, storage work and migration. Default 4.</summary>
    public int LongThreads { get; init; } = 4;

    /// <summary>Threads for volume content. Default 2.</summary>
    public int CopyThreads { get; init; } = 2;
}

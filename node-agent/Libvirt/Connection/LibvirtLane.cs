namespace Berth.Libvirt;

/// <summary>Which threads a call runs on, so that calls that may wait long never hold up those that do not.</summary>
internal enum LibvirtLane
{
    /// <summary>Opening, closing and probing the connection.</summary>
    Control,

    /// <summary>Answered by the daemon alone, from what it knows.</summary>
    Query,

    /// <summary>Needs an answer from a guest's monitor, its agent or a job lock: a hung QEMU holds up only this lane.</summary>
    Guest,

    /// <summary>Takes its time by nature: start, destroy, save, storage work, migration.</summary>
    Long,

    /// <summary>Moves a volume's content through a stream.</summary>
    Copy,
}

namespace Berth.NodeAgent.Admission;

/// <summary>The host's memory at one time, in bytes.</summary>
/// <param name="Available">What could be used without swapping (MemAvailable).</param>
/// <param name="Untouched">What running guests, and those that are being started, may yet take of it.</param>
/// <param name="Reserve">What is kept for the host itself.</param>
internal sealed record MemoryBalance(long Available, long Untouched, long Reserve)
{
    /// <summary>What running guests, and those that are being started, may have in all.</summary>
    public long Promised { get; init; }

    /// <summary>What a new guest may take; negative when more is promised than there is.</summary>
    public long Free => Available - Untouched - Reserve;

    /// <summary>True when running guests may come to take more than there is: then the host swaps, or kills.</summary>
    public bool IsOvercommitted => Untouched > Available;

    /// <summary>Adds up. A guest that is both running and being started counts once, by what is larger: its QEMU may not have been asked yet.</summary>
    public static MemoryBalance Of(long available, IEnumerable<GuestPromise> guests, IReadOnlyDictionary<Guid, long> starting, long reserve)
    {
        var untouched = new Dictionary<Guid, long>();
        var promised = new Dictionary<Guid, long>();
        foreach (var guest in guests)
        {
            untouched[guest.Id] = Math.Max(0, guest.Promised - guest.Resident);
            promised[guest.Id] = guest.Promised;
        }

        foreach (var (id, bytes) in starting)
        {
            untouched[id] = Math.Max(untouched.GetValueOrDefault(id), bytes);
            promised[id] = Math.Max(promised.GetValueOrDefault(id), bytes);
        }

        return new(available, untouched.Values.Sum(), reserve) { Promised = promised.Values.Sum() };
    }
}

using Berth.Libvirt;

namespace Berth.NodeAgent.Metrics;

/// <summary>What all guests answered to one call.</summary>
/// <param name="Asked">When they were asked, as a timestamp of <see cref="TimeProvider.GetTimestamp"/>.</param>
internal sealed record GuestAnswers(long Asked, IReadOnlyList<DomainStatistics> Guests)
{
    /// <summary>Puts what the guests answered to what libvirt knows now without asking them.</summary>
    public IReadOnlyList<DomainStatistics> Complete(IReadOnlyList<DomainStatistics> known)
    {
        var byId = Guests.ToDictionary(guest => guest.Uuid);
        return [.. known.Select(guest => byId.TryGetValue(guest.Uuid, out var answered) && IsSameRun(answered, guest)
            ? guest with { Memory = answered.Memory, Vcpus = answered.Vcpus, Blocks = answered.Blocks }
            : guest)];
    }

    // The counters of a guest that was started again are new ones.
    private static bool IsSameRun(DomainStatistics earlier, DomainStatistics now) => earlier.Cpu?.TotalNanoseconds <= now.Cpu?.TotalNanoseconds;
}

using Berth.Api;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>The domains of a node, by whose they are.</summary>
internal sealed record DomainCensus(DomainCounts Counts, IReadOnlyList<DomainReference> Orphans, IReadOnlyList<DomainReference> Unmanaged)
{
    /// <summary>How many domains a list names at most.</summary>
    public const int ListLimit = 20;

    /// <param name="domains">Every domain of the node.</param>
    /// <param name="ours">UUIDs of this cluster's.</param>
    /// <param name="orphans">UUIDs of those whose VM is not found.</param>
    public static DomainCensus Of(IEnumerable<ListedDomain> domains, IReadOnlySet<Guid> ours, IReadOnlySet<Guid> orphans)
    {
        var sorted = domains.OrderBy(domain => domain.Name, StringComparer.Ordinal).ToList();
        var managed = sorted.Where(domain => ours.Contains(domain.Id)).ToList();
        var orphaned = managed.Where(domain => orphans.Contains(domain.Id)).ToList();
        var unmanaged = sorted.Where(domain => !ours.Contains(domain.Id)).ToList();
        var counts = new DomainCounts
        {
            Running = managed.Count(domain => domain.State == DomainState.Running),
            Total = managed.Count,
            Orphans = orphaned.Count,
            Unmanaged = unmanaged.Count,
        };
        return new DomainCensus(counts, References(orphaned), References(unmanaged));
    }

    private static DomainReference[] References(IEnumerable<ListedDomain> domains) =>
        [.. domains.Take(ListLimit).Select(domain => new DomainReference { Uuid = domain.Id.ToString(), Name = domain.Name, State = domain.State.ToString() })];
}

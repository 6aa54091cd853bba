using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt;

namespace Berth.NodeAgent.Metrics;

/// <summary>What one scrape knows of the node's guests.</summary>
/// <param name="Machines">The VMs that are given to this node.</param>
/// <param name="Guests">All running guests of the node, of others too; null when libvirt did not answer.</param>
/// <param name="IsComplete">True when all figures could be had now.</param>
/// <param name="Age">How long ago the guests answered for what only they can tell: zero when they did now; null when that is missing.</param>
/// <param name="Elapsed">How long that took.</param>
internal sealed record GuestFigures(IReadOnlyList<MachineFigures> Machines, IReadOnlyList<DomainStatistics>? Guests, bool IsComplete, TimeSpan? Age, TimeSpan Elapsed)
{
    public static readonly GuestFigures None = new([], null, IsComplete: false, Age: null, TimeSpan.Zero);

    /// <summary>Finds the guest of each VM by its UID. Guests of nobody here, and of others, are in no VM's figures.</summary>
    public static IReadOnlyList<MachineFigures> OfMachines(
        IReadOnlyList<VirtualMachine> machines, IReadOnlyList<DomainStatistics>? guests, IReadOnlyDictionary<Guid, DomainJob> jobs)
    {
        var byId = (guests ?? []).ToDictionary(guest => guest.Uuid);
        var figures = new List<MachineFigures>(machines.Count);
        foreach (var machine in machines)
        {
            var id = Guid.TryParse(machine.Uid(), out var uid) ? uid : Guid.Empty;
            figures.Add(new MachineFigures(machine, byId.GetValueOrDefault(id), jobs.GetValueOrDefault(id), stateIsKnown: guests is not null));
        }

        return figures;
    }
}

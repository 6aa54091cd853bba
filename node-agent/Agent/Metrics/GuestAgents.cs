using System.Collections.Concurrent;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Hosting;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Metrics;

/// <summary>Looks from time to time whether agents in guests are there. That is no part of libvirt's bulk statistics, and a call for each guest does not belong into a scrape.</summary>
internal sealed class GuestAgents(IGuestStatistics statistics, IObjectStore<VirtualMachine> machines, TimeProvider time) : IBackgroundWork
{
    /// <summary>How often each guest is looked at.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, bool> _connected = new(StringComparer.Ordinal);

    /// <summary>Whether the agent was there when last looked; null where the guest does not run, has no channel for one, or has not been looked at.</summary>
    public bool? IsConnected(MachineFigures machine) =>
        machine.State is DomainState.Running or DomainState.Paused && _connected.TryGetValue(machine.Machine.Uid(), out var connected) ? connected : null;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await machines.WaitForSyncAsync(cancellationToken);
        while (true)
        {
            await LookAsync(cancellationToken);
            await Task.Delay(Period, time, cancellationToken);
        }
    }

    /// <summary>Looks at every guest once.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var machine in machines.List())
        {
            if (Guid.TryParse(machine.Uid(), out var id) && await TryAsync(id, cancellationToken) is { } connected)
            {
                _connected[machine.Uid()] = connected;
                seen.Add(machine.Uid());
            }
        }

        // What could not be asked is not known any more.
        foreach (var gone in _connected.Keys.Where(uid => !seen.Contains(uid)))
        {
            _connected.TryRemove(gone, out _);
        }
    }

    private async Task<bool?> TryAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            return await statistics.IsGuestAgentConnectedAsync(id, cancellationToken);
        }
        catch (HypervisorException)
        {
            return null;
        }
    }
}

using Berth.Api;
using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Under which epochs this node has let go of VMs, as far as this process has seen. An API server that knows nothing of it later was restored from a backup, and the VM may run elsewhere.</summary>
internal sealed class ReleasedEpochs
{
    // A restore goes back by hours, not by years of VMs that came and went.
    private const int Limit = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, long> _epochs = [];
    private readonly Queue<Guid> _order = new();

    /// <summary>Takes note of a VM as the API server has it, where <paramref name="node"/> has let go of it.</summary>
    public void Take(VirtualMachine? machine, string node)
    {
        if (machine?.BoundNode() != node || !machine.IsReleased())
        {
            return;
        }

        lock (_lock)
        {
            var id = DomainInputs.DomainId(machine);
            if (!_epochs.ContainsKey(id))
            {
                _order.Enqueue(id);
            }

            _epochs[id] = machine.Epoch();
            if (_order.Count > Limit)
            {
                _epochs.Remove(_order.Dequeue());
            }
        }
    }

    /// <summary>True when this node has let go of the VM under this epoch or a later one.</summary>
    public bool Covers(Guid id, long epoch)
    {
        lock (_lock)
        {
            return _epochs.TryGetValue(id, out var released) && released >= epoch;
        }
    }
}

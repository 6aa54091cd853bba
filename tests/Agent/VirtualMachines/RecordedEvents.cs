using Berth.Api;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>Keeps the reasons of events, in order.</summary>
internal sealed class RecordedEvents : IVirtualMachineEvents
{
    public List<string> Reasons { get; } = [];

    public void Publish(VirtualMachine machine, bool isWarning, string reason, string message) => Reasons.Add(reason);
}

using Berth.Api;
using Berth.Runtime.Events;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Sends them as Kubernetes Events.</summary>
internal sealed class PublishedEvents(EventPublisher publisher) : IVirtualMachineEvents
{
    public void Publish(VirtualMachine machine, bool isWarning, string reason, string message) =>
        publisher.Publish(machine, isWarning ? EventType.Warning : EventType.Normal, reason, message);
}

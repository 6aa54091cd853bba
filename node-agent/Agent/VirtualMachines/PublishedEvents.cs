using Berth.Kubernetes;
using Berth.Runtime.Events;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Sends them as Kubernetes Events.</summary>
internal sealed class PublishedEvents(EventPublisher publisher) : IVirtualMachineEvents
{
    public void Publish(IKubernetesObject<V1ObjectMeta> subject, bool isWarning, string reason, string message) =>
        publisher.Publish(subject, isWarning ? EventType.Warning : EventType.Normal, reason, message);
}

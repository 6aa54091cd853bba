using Berth.Kubernetes;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>Keeps the reasons of events, in order.</summary>
internal sealed class RecordedEvents : IVirtualMachineEvents
{
    public List<string> Reasons { get; } = [];

    public void Publish(IKubernetesObject<V1ObjectMeta> subject, bool isWarning, string reason, string message) => Reasons.Add(reason);
}

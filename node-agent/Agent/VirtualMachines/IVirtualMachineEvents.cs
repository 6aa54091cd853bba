using Berth.Kubernetes;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Tells people what happened to a VM or on its node. Never waits and never fails: an event that is lost changes nothing.</summary>
internal interface IVirtualMachineEvents
{
    /// <param name="subject">The object that it is about.</param>
    /// <param name="isWarning">True for what somebody should look at.</param>
    /// <param name="reason">A CamelCase word for programs.</param>
    /// <param name="message">A sentence for people.</param>
    void Publish(IKubernetesObject<V1ObjectMeta> subject, bool isWarning, string reason, string message);
}

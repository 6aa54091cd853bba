using Berth.Api;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Tells people what happened to a VM. Never waits and never fails: an event that is lost changes nothing.</summary>
internal interface IVirtualMachineEvents
{
    /// <param name="machine">The VM that it is about.</param>
    /// <param name="isWarning">True for what somebody should look at.</param>
    /// <param name="reason">A CamelCase word for programs.</param>
    /// <param name="message">A sentence for people.</param>
    void Publish(VirtualMachine machine, bool isWarning, string reason, string message);
}

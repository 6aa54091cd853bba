namespace Berth.NodeAgent.VirtualMachines;

/// <summary>libvirt did not do what it was asked to.</summary>
/// <param name="message">libvirt's own words.</param>
/// <param name="isUnavailable">True when libvirt was not reached or did not answer: then nothing is known, neither of the domain nor of the call's effect.</param>
/// <param name="inner">The fault behind it.</param>
internal sealed class HypervisorException(string message, bool isUnavailable, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True when libvirt was not reached or did not answer.</summary>
    public bool IsUnavailable { get; } = isUnavailable;
}

namespace Berth.Libvirt.Kvm;

/// <summary>What use of KVM has shown.</summary>
/// <param name="IsUsable">Whether a virtual machine was created and ran the instructions that it was given.</param>
/// <param name="Reason">Why not, for people; empty when usable.</param>
/// <param name="ApiVersion">12 on every kernel that counts; null when the device does not open.</param>
/// <param name="MaximumVcpus">The most vCPUs that one virtual machine may have.</param>
/// <param name="MemorySlots">The most memory regions that one virtual machine may have.</param>
/// <remarks>
/// A host on which this succeeds may still be unable to boot an ordinary guest: some nested or paravirtualised KVMs run
/// simple code only.
/// </remarks>
public sealed record KvmCheck(bool IsUsable, string Reason, int? ApiVersion, int? MaximumVcpus, int? MemorySlots);

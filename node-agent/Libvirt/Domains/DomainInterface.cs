namespace Berth.Libvirt;

/// <summary>An interface of a guest.</summary>
/// <param name="Name">The host's name for it where the addresses come from leases, the guest's own where they come from the agent.</param>
/// <param name="Mac">Null for interfaces without one.</param>
public sealed record DomainInterface(string Name, string? Mac, IReadOnlyList<InterfaceAddress> Addresses);

/// <summary>An IPv4 or IPv6 address with the length of its network prefix.</summary>
public sealed record InterfaceAddress(string Address, int Prefix);

namespace Berth.NodeAgent.Admission;

/// <summary>Memory of a running guest, in bytes.</summary>
/// <param name="Id">UUID of its domain.</param>
/// <param name="Promised">What it may come to take from its host: its memory and QEMU's overhead.</param>
/// <param name="Resident">What its QEMU has taken so far; 0 where libvirt could not tell, which counts all that is promised as still to come.</param>
internal sealed record GuestPromise(Guid Id, long Promised, long Resident);

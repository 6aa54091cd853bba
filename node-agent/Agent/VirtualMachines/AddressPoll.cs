namespace Berth.NodeAgent.VirtualMachines;

/// <summary>How often DHCP leases are looked at: libvirt has no event for them.</summary>
internal static class AddressPoll
{
    private static readonly TimeSpan Boot = TimeSpan.FromSeconds(60);

    /// <summary>When to look again; null when the VM has no interface.</summary>
    public static TimeSpan? Next(int interfaces, int withAddress, DateTimeOffset? startedAt, DateTimeOffset now)
    {
        if (interfaces == 0)
        {
            return null;
        }

        if (withAddress >= interfaces)
        {
            return TimeSpan.FromSeconds(60);
        }

        return now - (startedAt ?? DateTimeOffset.MinValue) < Boot ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(30);
    }
}

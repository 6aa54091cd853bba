namespace Berth.NodeAgent.Host;

/// <summary>What the host's <c>qemu.conf</c> says, as far as Berth cares.</summary>
internal static class QemuConfiguration
{
    /// <summary>Where libvirt has it on every distribution.</summary>
    public const string Path = "etc/libvirt/qemu.conf";

    /// <summary>Value of <c>status.lockManager</c> where libvirt leases no disks.</summary>
    public const string NoLockManager = "none";

    private const string Setting = "lock_manager";

    /// <summary>lockd, sanlock or none; the last line of its kind counts, as it does for libvirt.</summary>
    public static string LockManager(IEnumerable<string> lines)
    {
        var value = lines.Select(Value).LastOrDefault(value => value is not null);
        return value is null or "" or "nop" ? NoLockManager : value;
    }

    private static string? Value(string line)
    {
        var text = line.Split('#')[0].Trim();
        return text.StartsWith(Setting, StringComparison.Ordinal) && text[Setting.Length..].TrimStart() is ['=', .. var rest]
            ? rest.Trim().Trim('"', '\'')
            : null;
    }
}

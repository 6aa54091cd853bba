using Berth.NodeAgent.Host;

namespace Berth.NodeAgent.Tests.Host;

public sealed class HostTests
{
    [Fact]
    public void Facts_are_read_from_the_hosts_files()
    {
        using var folder = new TestFolder();
        folder.Write("etc/machine-id", "0123abcd\n");
        folder.Write("proc/sys/kernel/random/boot_id", "b00t\n");
        folder.Write("proc/sys/kernel/osrelease", "6.1.0-9-amd64\n");
        folder.Write("proc/meminfo", "MemTotal:       16 kB\nMemFree: 1 kB\nMemAvailable:   8 kB\n");
        folder.Write("proc/stat", "cpu  1 2 3\ncpu0 1 2\ncpu1 1 2\nintr 5\n");
        folder.Write("proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\n");
        var files = new HostFiles(folder.Path);
        Assert.Equal(("0123abcd", "b00t", "6.1.0-9-amd64"), (files.MachineId(), files.BootId(), files.KernelVersion()));
        Assert.Equal((16384L, 8192L, 2, true), (files.MemoryBytes(), files.AvailableMemoryBytes(), files.CpuCount(), files.IsIntel()));
    }

    [Theory]
    [InlineData("none", "user = \"root\"")]
    [InlineData("none", "#lock_manager = \"lockd\"")]
    [InlineData("lockd", "lock_manager = \"lockd\"")]
    [InlineData("sanlock", "  lock_manager=\"sanlock\" # leases")]
    [InlineData("none", "lock_manager = \"lockd\"", "lock_manager = \"nop\"")]
    [InlineData("none", "lock_manager_of_ours = \"lockd\"")]
    public void The_lock_manager_is_the_one_that_libvirt_reads(string expected, params string[] lines) =>
        Assert.Equal(expected, QemuConfiguration.LockManager(lines));

    [Fact]
    public void Missing_files_are_no_fault()
    {
        using var folder = new TestFolder();
        var files = new HostFiles(folder.Path);
        Assert.Equal(("", 0L, 0, false), (files.MachineId(), files.MemoryBytes(), files.CpuCount(), files.IsIntel()));
    }

    [Fact]
    public void This_host_can_be_read()
    {
        var files = new HostFiles();
        Assert.NotEqual("", files.BootId());
        Assert.True(files.MemoryBytes() > 0 && files.CpuCount() > 0);
        Assert.NotEqual("", files.FileSystemOf("/var/lib"));
    }

    [Theory]
    [InlineData("/", "ext4")]
    [InlineData("/var/lib/berth", "ext4")]
    [InlineData("/var/lib/berth/pools/a", "xfs")]
    [InlineData("/var/lib/berth/pools", "xfs")]
    [InlineData("/var/lib/berth/poolside", "ext4")]
    [InlineData("/with space/x", "tmpfs")]
    [InlineData("/over/x", "btrfs")]
    public void The_file_system_is_the_innermost_and_latest_mount(string path, string type)
    {
        string[] table =
        [
            "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
            "21 20 8:2 / /var/lib/berth/pools rw - xfs /dev/sdb rw",
            "22 20 0:5 / /with\\040space rw master:3 propagate_from:2 - tmpfs tmpfs rw",
            "23 20 8:3 / /over rw - ext4 /dev/sdc rw",
            "24 20 8:4 / /over rw - btrfs /dev/sdd rw",
            "garbage",
        ];
        Assert.Equal(type, MountTable.FileSystemOf(table, path));
    }

    [Theory]
    [InlineData("auto", true, "kvm")]
    [InlineData("auto", false, "none")]
    [InlineData("kvm", true, "kvm")]
    [InlineData("kvm", false, "none")]
    [InlineData("tcg", true, "tcg")]
    [InlineData("tcg", false, "tcg")]
    public void Emulation_is_used_only_where_it_was_asked_for(string asked, bool passed, string type)
    {
        var accelerator = Accelerator.Decide(asked, new KvmCheck(passed, "the device said so"));
        Assert.Equal(type, accelerator.Type);
        Assert.Equal(type != "none", accelerator.IsAvailable);
        Assert.True(asked == "tcg" || accelerator.Reason.Contains("the device said so", StringComparison.Ordinal));
    }
}

using Berth.NodeAgent.Protection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Protection;

/// <summary>What the agent sets up for guests in a host's control groups and scores, and what it says where it cannot.</summary>
public sealed class ProtectionTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Under_version_1_the_partition_is_made_in_each_hierarchy_with_the_CPUs_of_the_host()
    {
        HasVersion1();
        Assert.Equal("/berth", Partition().Prepare());
        Assert.All(["cpu", "cpuset", "memory"], hierarchy => Assert.True(Directory.Exists(PathOf($"sys/fs/cgroup/{hierarchy}/berth.partition"))));
        Assert.False(Directory.Exists(PathOf("sys/fs/cgroup/unified/berth.partition")));
    }

    [Fact]
    public void A_cpuset_that_is_empty_gets_the_hosts_and_one_that_is_not_stays()
    {
        HasVersion1();
        _folder.Write("sys/fs/cgroup/cpuset/berth.partition/cpuset.cpus", "\n");
        _folder.Write("sys/fs/cgroup/cpuset/berth.partition/cpuset.mems", "1\n");
        Partition().Prepare();
        Assert.Equal(("0-3", "1"), (Text("sys/fs/cgroup/cpuset/berth.partition/cpuset.cpus"), Text("sys/fs/cgroup/cpuset/berth.partition/cpuset.mems")));
    }

    [Fact]
    public void Under_version_2_the_partitions_memory_is_taken_last()
    {
        HasVersion2();
        _folder.Write("sys/fs/cgroup/berth.partition/memory.low", "0\n");
        Assert.Empty(Protection().Apply(1000));
        Assert.Equal("1000", Text("sys/fs/cgroup/berth.partition/memory.low"));
    }

    [Fact]
    public void With_machined_it_is_the_slice_that_systemd_has_made()
    {
        HasVersion2();
        _folder.Write("sys/fs/cgroup/berth.slice/memory.low", "0\n");
        Assert.Empty(Protection().Apply(1000));
        Assert.Equal("1000", Text("sys/fs/cgroup/berth.slice/memory.low"));
    }

    [Fact]
    public void What_cannot_be_set_is_said_and_the_rest_is_set()
    {
        HasVersion1();
        _folder.Write("sys/fs/cgroup/memory/berth.partition/guest/cgroup.procs", "42\n");
        _folder.Write("proc/42/oom_score_adj", "0\n");
        Assert.Equal(["Their memory is not protected: that needs control groups of version 2."], Protection().Apply(1000));
        Assert.Equal("-999", Text("proc/42/oom_score_adj"));
    }

    [Fact]
    public void A_partition_without_a_memory_controller_is_said()
    {
        HasVersion2();
        Assert.Equal(["Their memory is not protected: the partition has no memory controller."], Protection().Apply(1000));
    }

    [Fact]
    public void A_host_without_control_groups_has_no_partition()
    {
        var partition = Partition();
        Assert.Null(partition.Prepare());
        Assert.Contains("no control groups", partition.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Something_in_the_way_of_the_partition_is_said_and_when_it_is_gone_the_partition_is_made()
    {
        HasVersion2();
        _folder.Write("sys/fs/cgroup/berth.partition", "no folder");
        var partition = Partition();
        Assert.Null(partition.Prepare());
        Assert.NotNull(partition.Problem);
        File.Delete(PathOf("sys/fs/cgroup/berth.partition"));
        Assert.Equal("/berth", partition.Prepare());
        Assert.Null(partition.Problem);
    }

    [Fact]
    public void Every_QEMU_in_the_partition_is_spared_and_none_elsewhere()
    {
        HasVersion2();
        _folder.Write("sys/fs/cgroup/berth.partition/a/cgroup.procs", "10\n11\n");
        _folder.Write("sys/fs/cgroup/berth.partition/a/emulator/cgroup.procs", "12\n");
        _folder.Write("sys/fs/cgroup/berth.slice/b.scope/cgroup.procs", "13\n");
        _folder.Write("sys/fs/cgroup/machine/c/cgroup.procs", "14\n");
        foreach (var process in Enumerable.Range(10, 5))
        {
            _folder.Write($"proc/{process}/oom_score_adj", process == 11 ? "-1000\n" : "0\n");
        }

        Protection().Apply(0);
        Assert.Equal(["-999", "-1000", "-999", "-999", "0"], Enumerable.Range(10, 5).Select(process => Text($"proc/{process}/oom_score_adj")));
    }

    [Fact]
    public void A_QEMU_that_has_ended_meanwhile_is_no_gap_and_one_out_of_sight_is()
    {
        HasVersion2();
        _folder.Write("sys/fs/cgroup/berth.partition/memory.low", "0");
        _folder.Write("sys/fs/cgroup/berth.partition/a/cgroup.procs", "4711\n");
        Assert.Empty(Protection().Apply(0));
        _folder.Write("sys/fs/cgroup/berth.partition/a/cgroup.procs", "0\n");
        Assert.Contains("pid namespace", Assert.Single(Protection().Apply(0)), StringComparison.Ordinal);
    }

    private GuestPartition Partition() => new(new HostCgroups(_folder.Path), NullLogger<GuestPartition>.Instance);

    private GuestProtection Protection() => new(Partition(), new HostCgroups(_folder.Path), new OutOfMemoryScores(_folder.Path));

    private void HasVersion1()
    {
        foreach (var hierarchy in (string[])["cpu", "cpuset", "memory", "unified"])
        {
            _folder.Write($"sys/fs/cgroup/{hierarchy}/cgroup.procs", "1\n");
        }

        _folder.Write("sys/fs/cgroup/unified/cgroup.controllers", "\n");
        _folder.Write("sys/fs/cgroup/cpuset/cpuset.cpus", "0-3\n");
        _folder.Write("sys/fs/cgroup/cpuset/cpuset.mems", "0\n");
    }

    private void HasVersion2() => _folder.Write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");

    private string PathOf(string name) => Path.Combine(_folder.Path, name);

    private string Text(string name) => File.ReadAllText(PathOf(name)).Trim();
}

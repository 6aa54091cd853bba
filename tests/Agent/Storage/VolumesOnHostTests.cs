using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Volumes over a real libvirtd.</summary>
public sealed class VolumesOnHostTests(PrivateHost libvirt) : StorageOnHost(libvirt)
{
    [Theory]
    [InlineData("qcow2", "thin")]
    [InlineData("qcow2", "full")]
    [InlineData("raw", "thin")]
    [InlineData("raw", "full")]
    public async Task Makes_blank_volumes_in_one_write(string format, string allocation)
    {
        await AddPoolAsync();
        Server.ForgetRequests();

        var volume = await MakeAsync("data", spec => (spec.Size, spec.Format, spec.Allocation) = (Quantity.Parse("4Mi"), format, allocation));

        var status = volume.Status!;
        Assert.Equal(Path.Combine(Pool, $"shop.data.{volume.Uid()[..8]}"), status.Path);
        Assert.Equal(("Ready", format, 4L << 20, StorageAgent.Node, PoolName), (status.State, status.Format, status.Capacity!.Value.ToInt64(), status.NodeName, status.Pool));
        Assert.Equal(["Ready"], status.Conditions!.Select(condition => condition.Type));
        Assert.NotNull(status.CreatedAt);
        Assert.Equal(volume.Metadata.Generation, status.ObservedGeneration);
        Assert.Single(Server.Writes, write => write.Resource == "storagevolumes");
        Assert.Contains($"\"format\": \"{format}\"", await QemuInfoAsync(status.Path!), StringComparison.Ordinal);
        Assert.Equal(allocation == "full", AllocatedBytes(status.Path!) >= 4L << 20);
        Assert.Equal([PoolMarker.FileName, $".made-{volume.Uid()}", Path.GetFileName(status.Path!)], Entries());
    }

    [Fact]
    public async Task A_volume_that_is_missing_together_with_its_status_is_lost_and_not_made_again()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        File.Delete(volume.Status!.Path!);

        Agent.Patch<StorageVolume>("data", "shop", """{"status":{"path":null,"createdAt":null,"nodeName":null,"capacity":null,"conditions":[],"state":null}}""", "status");
        var lost = await Agent.VolumeAsync("data", "Stalled", StorageVolumeReasons.VolumeLost);

        Assert.Equal("Lost", lost.Status!.State);
        Assert.False(File.Exists(volume.Status.Path));
    }

    [Fact]
    public async Task A_volume_that_was_made_and_is_missing_is_lost_and_never_made_again()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        File.Delete(volume.Status!.Path!);

        Agent.Patch<StorageVolume>("data", "shop", """{"metadata":{"labels":{"look":"again"}}}""");
        var lost = await Agent.VolumeAsync("data", "Stalled", StorageVolumeReasons.VolumeLost);

        Assert.Equal(("Lost", ConditionStatus.False), (lost.Status!.State, lost.Status.Conditions.Find("Ready")!.Status));
        Assert.Equal(volume.Status.Path, lost.Status.Path);
        Assert.False(File.Exists(volume.Status.Path));
    }

    [Fact]
    public async Task A_volume_of_a_version_that_kept_no_record_gets_one()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        var record = Path.Combine(Pool, $".made-{volume.Uid()}");
        File.Delete(record);

        Agent.Patch<StorageVolume>("data", "shop", """{"metadata":{"labels":{"look":"again"}}}""");
        await StorageAgent.UntilAsync(() => File.Exists(record));
    }

    [Fact]
    public async Task A_link_planted_as_the_record_makes_no_file_elsewhere()
    {
        await AddPoolAsync();
        var uid = Guid.NewGuid().ToString();
        var elsewhere = Path.Combine(Libvirt.Folder, $"planted-{uid[..8]}");
        File.CreateSymbolicLink(Path.Combine(Pool, $".made-{uid}"), elsewhere);

        Agent.AddVolume("data", spec => spec.Size = Quantity.Parse("1Mi"), uid);
        await Agent.VolumeAsync("data", "Stalled", StorageVolumeReasons.VolumeLost);
        Assert.False(File.Exists(elsewhere));
    }

    [Fact]
    public async Task A_link_planted_as_the_file_is_removed_itself_when_the_volume_is_deleted()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        var precious = Path.Combine(Libvirt.Folder, $"precious-{volume.Uid()[..8]}");
        File.WriteAllText(precious, "data");
        File.Delete(volume.Status!.Path!);
        File.CreateSymbolicLink(volume.Status.Path!, precious);

        Server.Delete<StorageVolume>("data", "shop");
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.ReleasedEpoch == 1);
        Assert.Equal([PoolMarker.FileName], Entries());
        Assert.Equal("data", File.ReadAllText(precious));
    }

    [Fact]
    public async Task Adopts_what_an_agent_made_that_did_not_live_to_say_so()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        await Agent.DisposeAsync();
        File.AppendAllText(volume.Status!.Path!, "written by a guest");
        Agent.Patch<StorageVolume>("data", "shop", """{"status":{"path":null,"createdAt":null,"nodeName":null,"capacity":null,"conditions":[],"state":null}}""", "status");

        Agent = await StorageAgent.StartAsync(Server, Libvirt.Uri);
        var adopted = await Agent.VolumeAsync("data", "Ready", StorageVolumeReasons.Available);

        Assert.Equal(volume.Status.Path, adopted.Status!.Path);
        Assert.EndsWith("written by a guest", File.ReadAllText(volume.Status.Path!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Makes_anew_what_was_left_half_made_and_leaves_a_strangers_file_alone()
    {
        await AddPoolAsync();
        var (half, taken) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        File.WriteAllText(Path.Combine(Pool, ".volume-" + half), "half");
        File.WriteAllText(Path.Combine(Pool, $"shop.taken.{taken[..8]}"), "no volume");

        Agent.AddVolume("half", spec => spec.Size = Quantity.Parse("1Mi"), half);
        Agent.AddVolume("taken", spec => spec.Size = Quantity.Parse("1Mi"), taken);
        var made = await Agent.VolumeAsync("half", "Ready", StorageVolumeReasons.Available);
        await Agent.VolumeAsync("taken", "Stalled", StorageVolumeReasons.CreateFailed);

        Assert.False(File.Exists(Path.Combine(Pool, ".volume-" + half)));
        Assert.NotNull(VolumeFile.Find(made.Status!.Path!, "qcow2"));
        Assert.Equal("no volume", File.ReadAllText(Path.Combine(Pool, $"shop.taken.{taken[..8]}")));
    }

    [Fact]
    public async Task Grows_a_volume_that_no_domain_has_open_and_never_shrinks_one()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));

        Agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"3Mi"}}""");
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.Capacity!.Value.ToInt64() == 3L << 20);
        Agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"2Mi"}}""");
        var smaller = await Agent.VolumeAsync("data", "Stalled", ConditionReasons.InvalidSpec);

        Assert.Equal(3L << 20, VolumeFile.Find(smaller.Status!.Path!, "qcow2")!.Capacity);
        Assert.True(smaller.Status.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task A_deleted_volume_outlives_the_domains_that_use_it()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        await using var connection = await Libvirt.OpenAsync();
        var domain = await connection.Domains.DefineAsync(
            $"""
            <domain type='qemu'><name>{PoolName}</name><memory>1024</memory><os><type>hvm</type></os>
            <devices><disk type='file'><source file='{volume.Status!.Path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>
            """,
            validate: false, Cancellation);

        Server.Delete<StorageVolume>("data", "shop");
        await Agent.VolumeAsync("data", "Ready", StorageVolumeReasons.InUse);
        Assert.True(File.Exists(volume.Status.Path));
        await connection.Domains.UndefineAsync(domain, Berth.Libvirt.DomainUndefineOptions.None, Cancellation);

        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.ReleasedEpoch == 1);
        Assert.Equal("Deleted", Agent.Volume("data").Status!.State);
        Assert.Equal([PoolMarker.FileName], Entries());
    }

    [Fact]
    public async Task A_pool_that_retains_keeps_the_file_of_a_deleted_volume()
    {
        await Agent.AddPoolAsync(Pool, PoolName, pool => pool.Spec.ReclaimPolicy = ReclaimPolicies.Retain);
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));

        Server.Delete<StorageVolume>("data", "shop");
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.ReleasedEpoch == 1);

        Assert.True(File.Exists(volume.Status!.Path));
    }

    [Fact]
    public async Task Never_deletes_by_a_path_that_is_not_the_volumes_own()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        var other = Path.Combine(Pool, "precious");
        File.WriteAllText(other, "data");
        Agent.Patch<StorageVolume>("data", "shop", $$$"""{"status":{"path":"{{{other}}}"}}""", "status");

        Server.Delete<StorageVolume>("data", "shop");
        await Agent.VolumeAsync("data", "Stalled", ConditionReasons.InvalidSpec);

        Assert.True(File.Exists(other));
        Assert.Null(Agent.Volume("data").Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task A_volume_of_another_node_is_not_touched()
    {
        await AddPoolAsync();
        Server.ForgetRequests();
        Agent.AddVolume("theirs", spec => spec.Size = Quantity.Parse("1Mi"));
        Agent.Patch<StorageVolume>("theirs", "shop", """{"status":{"executor":{"nodeName":"node-2","epoch":2}}}""", "status");
        await MakeAsync("ours", spec => spec.Size = Quantity.Parse("1Mi"));

        Assert.DoesNotContain(Server.Writes, write => write.Path.Contains("theirs", StringComparison.Ordinal));
        Assert.Null(Agent.Volume("theirs").Status!.Path);
    }
}

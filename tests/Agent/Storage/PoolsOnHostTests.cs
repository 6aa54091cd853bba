using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Pools over a real libvirtd.</summary>
public sealed class PoolsOnHostTests(PrivateHost libvirt) : StorageOnHost(libvirt)
{
    [Fact]
    public async Task Builds_a_pool_marks_it_and_reports_its_size()
    {
        var status = await AddPoolAsync();

        Assert.Equal((true, StoragePoolReasons.Available), (status.Available, status.Reason));
        Assert.True(status.Capacity!.Value.ToInt64() > 0 && status.Free!.Value.ToInt64() > 0);
        Assert.Equal(Server.Find<V1Namespace>("kube-system")!.Uid(), PoolMarker.Read(Pool)!.ClusterId);
        Assert.Equal(status.Uid, PoolMarker.Read(Pool)!.PoolUid);
        using var metrics = new StringWriter();
        Agent.Get<Berth.Runtime.Metrics.MetricFactory>().WriteText(metrics);
        Assert.Contains($"storage_pool_available{{pool=\"{PoolName}\"}} 1", metrics.ToString(), StringComparison.Ordinal);
        var found = (await Agent.Get<IHostPools>().FindAsync("berth-" + PoolName, Cancellation))!;
        Assert.Equal((Guid.Parse(status.Uid!), Pool, true), (found.Id, found.Target, found.IsActive));
    }

    [Fact]
    public async Task A_pool_that_lost_its_marker_is_not_available_and_nothing_in_it_is_touched()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        File.Delete(Path.Combine(Pool, PoolMarker.FileName));
        var before = Entries();

        Agent.Patch<StoragePool>(PoolName, null, """{"metadata":{"labels":{"look":"again"}}}""");
        await StorageAgent.UntilAsync(() => Agent.Report.Pool(PoolName)!.Reason == StoragePoolReasons.MarkerMissing);
        Agent.AddVolume("more", spec => spec.Size = Quantity.Parse("1Mi"));
        await Agent.VolumeAsync("more", "Ready", StorageVolumeReasons.StoragePoolNotReady);
        Server.Delete<StorageVolume>("data", "shop");
        await Agent.VolumeAsync("data", "Ready", StorageVolumeReasons.StoragePoolNotReady);

        Assert.False(Agent.Report.Pool(PoolName)!.Available);
        Assert.Equal(before, Entries());
    }

    [Fact]
    public async Task A_folder_with_files_is_never_made_a_pool()
    {
        Directory.CreateDirectory(Pool);
        File.WriteAllText(Path.Combine(Pool, "precious"), "data");

        var status = await AddPoolAsync();

        Assert.Equal((false, StoragePoolReasons.MarkerMissing), (status.Available, status.Reason));
        Assert.Null(await Agent.Get<IHostPools>().FindAsync("berth-" + PoolName, Cancellation));
        Assert.Equal(["precious"], Entries());
    }

    [Fact]
    public async Task A_target_behind_a_link_is_known_by_its_real_path()
    {
        var real = Directory.CreateDirectory(Pool + "-real").FullName;
        Directory.CreateSymbolicLink(Pool, real);

        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));

        Assert.StartsWith(real + "/", volume.Status!.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_is_only_for_nodes_with_its_labels()
    {
        Server.Seed(new StoragePool
        {
            Metadata = new V1ObjectMeta { Name = "elsewhere" },
            Spec = new StoragePoolSpec { Target = new Api.PoolTarget { Path = Pool + "-elsewhere" }, NodeSelector = new Dictionary<string, string> { ["disk"] = "slow" } },
        });

        await Agent.AddPoolAsync(Pool, PoolName, pool => pool.Spec.NodeSelector = new Dictionary<string, string> { ["disk"] = "fast" });

        Assert.Null(Agent.Report.Pool("elsewhere"));
        Assert.False(Directory.Exists(Pool + "-elsewhere"));
    }

    [Fact]
    public async Task A_pool_that_was_built_stays_so_when_libvirt_and_the_folder_have_forgotten()
    {
        var status = await AddPoolAsync();
        await Agent.DisposeAsync();
        await using (var connection = await Libvirt.OpenAsync())
        {
            await connection.StoragePools.DestroyAsync("berth-" + PoolName, Cancellation);
            await connection.StoragePools.UndefineAsync("berth-" + PoolName, Cancellation);
        }

        Directory.Delete(Pool, recursive: true);
        Server.Seed(new Hypervisor { Metadata = new V1ObjectMeta { Name = StorageAgent.Node }, Status = new HypervisorStatus { Pools = [status] } });

        Agent = await StorageAgent.StartAsync(Server, Libvirt.Uri);
        await StorageAgent.UntilAsync(() => Agent.Report.Pool(PoolName)?.Reason == StoragePoolReasons.MarkerMissing);

        Assert.Equal(status.Capacity, Agent.Report.Pool(PoolName)!.Capacity);
        Assert.False(Directory.Exists(Pool));
    }

    [Fact]
    public async Task Starts_a_pool_that_was_stopped()
    {
        await AddPoolAsync();
        await using var connection = await Libvirt.OpenAsync();
        await connection.StoragePools.DestroyAsync("berth-" + PoolName, Cancellation);

        await Agent.Get<StoragePoolReconciler>().ReconcileAsync(new ObjectKey(null, PoolName), Cancellation);

        Assert.True((await connection.StoragePools.FindAsync("berth-" + PoolName, Cancellation))!.IsActive);
    }

    [Fact]
    public async Task A_deleted_pool_goes_when_it_is_empty_and_not_before()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        Server.Delete<StoragePool>(PoolName);
        await StorageAgent.UntilAsync(() => Agent.Get<LocalPools>().Find(PoolName) is { IsRetired: true });
        Assert.NotNull(await Agent.Get<IHostPools>().FindAsync("berth-" + PoolName, Cancellation));
        await StorageAgent.UntilAsync(() => Agent.Report.Pool(PoolName) is { Available: false, Reason: StoragePoolReasons.InUse, Capacity: not null, Free: null });

        // What is left may still be deleted, as the pool said while it was there.
        Server.Delete<StorageVolume>("data", "shop");
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.ReleasedEpoch == 1);
        Assert.Equal([PoolMarker.FileName], Entries());
        await Agent.Get<StoragePoolReconciler>().ReconcileAsync(new ObjectKey(null, PoolName), Cancellation);

        Assert.Null(await Agent.Get<IHostPools>().FindAsync("berth-" + PoolName, Cancellation));
        Assert.Empty(Entries());
        Assert.Null(Agent.Report.Pool(PoolName));
    }

    [Fact]
    public async Task A_pool_made_anew_in_an_old_folder_does_not_take_its_files()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        Server.Delete<StoragePool>(PoolName);
        await StorageAgent.UntilAsync(() => Agent.Report.Pool(PoolName)!.Reason == StoragePoolReasons.InUse);

        var status = await AddPoolAsync();

        Assert.Equal((false, StoragePoolReasons.NameTaken), (status.Available, status.Reason));
        Assert.True(File.Exists(Agent.Volume("data").Status!.Path));
    }
}

using System.Diagnostics;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;
using Berth.Testing.ApiServer;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Pools, images and volumes over a real libvirtd.</summary>
public sealed class StorageOnHostTests(PrivateHost libvirt) : IClassFixture<PrivateHost>, IAsyncLifetime
{
    private readonly ScriptedServer _web = new();
    private FakeApiServer _server = null!;
    private StorageAgent _agent = null!;
    private string _pool = "";
    private string _name = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _name = "p" + Guid.NewGuid().ToString("N")[..6];
        _pool = Path.Combine(libvirt.Folder, _name);
        _server = await StorageAgent.StartServerAsync();
        _agent = await StorageAgent.StartAsync(_server, libvirt.Uri);
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _server.DisposeAsync();
        await _web.DisposeAsync();
    }

    [Fact]
    public async Task Builds_a_pool_marks_it_and_reports_its_size()
    {
        var status = await AddPoolAsync();

        Assert.Equal((true, StoragePoolReasons.Available), (status.Available, status.Reason));
        Assert.True(status.Capacity!.Value.ToInt64() > 0 && status.Free!.Value.ToInt64() > 0);
        Assert.Equal(_server.Find<V1Namespace>("kube-system")!.Uid(), PoolMarker.Read(_pool)!.ClusterId);
        Assert.Equal(status.Uid, PoolMarker.Read(_pool)!.PoolUid);
        using var metrics = new StringWriter();
        _agent.Get<Berth.Runtime.Metrics.MetricFactory>().WriteText(metrics);
        Assert.Contains($"storage_pool_available{{pool=\"{_name}\"}} 1", metrics.ToString(), StringComparison.Ordinal);
        var found = (await _agent.Get<IHostPools>().FindAsync("berth-" + _name, Cancellation))!;
        Assert.Equal((Guid.Parse(status.Uid!), _pool, true), (found.Id, found.Target, found.IsActive));
    }

    [Fact]
    public async Task A_pool_that_lost_its_marker_is_not_available_and_nothing_in_it_is_touched()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        File.Delete(Path.Combine(_pool, PoolMarker.FileName));
        var before = Entries();

        _agent.Patch<StoragePool>(_name, null, """{"metadata":{"labels":{"look":"again"}}}""");
        await StorageAgent.UntilAsync(() => _agent.Report.Pool(_name)!.Reason == StoragePoolReasons.MarkerMissing);
        _agent.AddVolume("more", spec => spec.Size = Quantity.Parse("1Mi"));
        await _agent.VolumeAsync("more", "Ready", StorageVolumeReasons.StoragePoolNotReady);
        _server.Delete<StorageVolume>("data", "shop");
        await _agent.VolumeAsync("data", "Ready", StorageVolumeReasons.StoragePoolNotReady);

        Assert.False(_agent.Report.Pool(_name)!.Available);
        Assert.Equal(before, Entries());
    }

    [Fact]
    public async Task A_folder_with_files_is_never_made_a_pool()
    {
        Directory.CreateDirectory(_pool);
        File.WriteAllText(Path.Combine(_pool, "precious"), "data");

        var status = await AddPoolAsync();

        Assert.Equal((false, StoragePoolReasons.MarkerMissing), (status.Available, status.Reason));
        Assert.Null(await _agent.Get<IHostPools>().FindAsync("berth-" + _name, Cancellation));
        Assert.Equal(["precious"], Entries());
    }

    [Fact]
    public async Task A_target_behind_a_link_is_known_by_its_real_path()
    {
        var real = Directory.CreateDirectory(_pool + "-real").FullName;
        Directory.CreateSymbolicLink(_pool, real);

        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));

        Assert.StartsWith(real + "/", volume.Status!.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_is_only_for_nodes_with_its_labels()
    {
        _server.Seed(new StoragePool
        {
            Metadata = new V1ObjectMeta { Name = "elsewhere" },
            Spec = new StoragePoolSpec { Target = new Api.PoolTarget { Path = _pool + "-elsewhere" }, NodeSelector = new Dictionary<string, string> { ["disk"] = "slow" } },
        });

        await _agent.AddPoolAsync(_pool, _name, pool => pool.Spec.NodeSelector = new Dictionary<string, string> { ["disk"] = "fast" });

        Assert.Null(_agent.Report.Pool("elsewhere"));
        Assert.False(Directory.Exists(_pool + "-elsewhere"));
    }

    [Fact]
    public async Task A_pool_that_was_built_stays_so_when_libvirt_and_the_folder_have_forgotten()
    {
        var status = await AddPoolAsync();
        await _agent.DisposeAsync();
        await using (var connection = await libvirt.OpenAsync())
        {
            await connection.StoragePools.DestroyAsync("berth-" + _name, Cancellation);
            await connection.StoragePools.UndefineAsync("berth-" + _name, Cancellation);
        }

        Directory.Delete(_pool, recursive: true);
        _server.Seed(new Hypervisor { Metadata = new V1ObjectMeta { Name = StorageAgent.Node }, Status = new HypervisorStatus { Pools = [status] } });

        _agent = await StorageAgent.StartAsync(_server, libvirt.Uri);
        await StorageAgent.UntilAsync(() => _agent.Report.Pool(_name)?.Reason == StoragePoolReasons.MarkerMissing);

        Assert.Equal(status.Capacity, _agent.Report.Pool(_name)!.Capacity);
        Assert.False(Directory.Exists(_pool));
    }

    [Fact]
    public async Task Starts_a_pool_that_was_stopped()
    {
        await AddPoolAsync();
        await using var connection = await libvirt.OpenAsync();
        await connection.StoragePools.DestroyAsync("berth-" + _name, Cancellation);

        await _agent.Get<StoragePoolReconciler>().ReconcileAsync(new ObjectKey(null, _name), Cancellation);

        Assert.True((await connection.StoragePools.FindAsync("berth-" + _name, Cancellation))!.IsActive);
    }

    [Fact]
    public async Task A_deleted_pool_goes_when_it_is_empty_and_not_before()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        _server.Delete<StoragePool>(_name);
        await StorageAgent.UntilAsync(() => _agent.Get<LocalPools>().Find(_name) is { IsRetired: true });
        Assert.NotNull(await _agent.Get<IHostPools>().FindAsync("berth-" + _name, Cancellation));

        // What is left may still be deleted, as the pool said while it was there.
        _server.Delete<StorageVolume>("data", "shop");
        await StorageAgent.UntilAsync(() => _agent.Volume("data").Status!.ReleasedEpoch == 1);
        Assert.Equal([PoolMarker.FileName], Entries());
        await _agent.Get<StoragePoolReconciler>().ReconcileAsync(new ObjectKey(null, _name), Cancellation);

        Assert.Null(await _agent.Get<IHostPools>().FindAsync("berth-" + _name, Cancellation));
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task A_pool_made_anew_in_an_old_folder_does_not_take_its_files()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        _server.Delete<StoragePool>(_name);
        await StorageAgent.UntilAsync(() => _agent.Report.Pool(_name) is null);

        var status = await AddPoolAsync();

        Assert.Equal((false, StoragePoolReasons.NameTaken), (status.Available, status.Reason));
        Assert.True(File.Exists(_agent.Volume("data").Status!.Path));
    }

    [Theory]
    [InlineData("qcow2", "thin")]
    [InlineData("qcow2", "full")]
    [InlineData("raw", "thin")]
    [InlineData("raw", "full")]
    public async Task Makes_blank_volumes_in_one_write(string format, string allocation)
    {
        await AddPoolAsync();
        _server.ForgetRequests();

        var volume = await MakeAsync("data", spec => (spec.Size, spec.Format, spec.Allocation) = (Quantity.Parse("4Mi"), format, allocation));

        var status = volume.Status!;
        Assert.Equal(Path.Combine(_pool, $"shop.data.{volume.Uid()[..8]}"), status.Path);
        Assert.Equal(("Ready", format, 4L << 20, StorageAgent.Node, _name), (status.State, status.Format, status.Capacity!.Value.ToInt64(), status.NodeName, status.Pool));
        Assert.Equal(["Ready"], status.Conditions!.Select(condition => condition.Type));
        Assert.NotNull(status.CreatedAt);
        Assert.Equal(volume.Metadata.Generation, status.ObservedGeneration);
        Assert.Single(_server.Writes, write => write.Resource == "storagevolumes");
        Assert.Contains($"\"format\": \"{format}\"", await QemuInfoAsync(status.Path!), StringComparison.Ordinal);
        Assert.Equal(allocation == "full", AllocatedBytes(status.Path!) >= 4L << 20);
        Assert.Equal([PoolMarker.FileName, Path.GetFileName(status.Path!)], Entries());
    }

    [Fact]
    public async Task Builds_a_volume_upon_an_images_copy_and_says_so()
    {
        await AddPoolAsync();
        var image = await QcowAsync("2M");
        _agent.AddImage("debian", _web.Serve("/debian", image));

        var volume = await MakeAsync("root", spec => (spec.Size, spec.Source) = (Quantity.Parse("8Mi"), new VolumeSource { Image = "debian" }));

        var file = VolumeFile.Find(volume.Status!.Path!, "qcow2")!;
        Assert.Equal(8L << 20, file.Capacity);
        Assert.StartsWith(Path.Combine(_pool, "image-sha256-"), file.Backing, StringComparison.Ordinal);
        Assert.Equal("sha256:" + Path.GetFileName(file.Backing)!["image-sha256-".Length..], volume.Status.ImageDigest);
        Assert.Equal("Available", _agent.Report.Image("debian", _name)!.State);
        Assert.Equal(2L << 20, _agent.Report.Image("debian", _name)!.VirtualSize!.Value.ToInt64());
    }

    [Fact]
    public async Task A_volume_without_a_size_is_as_large_as_its_image_and_never_smaller()
    {
        await AddPoolAsync();
        _agent.AddImage("debian", _web.Serve("/debian", await QcowAsync("2M")));

        var same = await MakeAsync("same", spec => spec.Source = new VolumeSource { Image = "debian" });
        _agent.AddVolume("small", spec => (spec.Size, spec.Source) = (Quantity.Parse("1Mi"), new VolumeSource { Image = "debian" }));
        var small = await _agent.VolumeAsync("small", "Stalled", ConditionReasons.InvalidSpec);

        Assert.Equal(2L << 20, same.Status!.Capacity!.Value.ToInt64());
        Assert.Contains("spec.size", small.Status!.Conditions.Find("Stalled")!.Message, StringComparison.Ordinal);
        Assert.Null(small.Status.Path);
    }

    [Fact]
    public async Task A_volume_that_was_made_and_is_missing_is_lost_and_never_made_again()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        File.Delete(volume.Status!.Path!);

        _agent.Patch<StorageVolume>("data", "shop", """{"metadata":{"labels":{"look":"again"}}}""");
        var lost = await _agent.VolumeAsync("data", "Stalled", StorageVolumeReasons.VolumeLost);

        Assert.Equal(("Lost", ConditionStatus.False), (lost.Status!.State, lost.Status.Conditions.Find("Ready")!.Status));
        Assert.Equal(volume.Status.Path, lost.Status.Path);
        Assert.False(File.Exists(volume.Status.Path));
    }

    [Fact]
    public async Task Adopts_what_an_agent_made_that_did_not_live_to_say_so()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        await _agent.DisposeAsync();
        File.AppendAllText(volume.Status!.Path!, "written by a guest");
        _agent.Patch<StorageVolume>("data", "shop", """{"status":{"path":null,"createdAt":null,"nodeName":null,"capacity":null,"conditions":[],"state":null}}""", "status");

        _agent = await StorageAgent.StartAsync(_server, libvirt.Uri);
        var adopted = await _agent.VolumeAsync("data", "Ready", StorageVolumeReasons.Available);

        Assert.Equal(volume.Status.Path, adopted.Status!.Path);
        Assert.EndsWith("written by a guest", File.ReadAllText(volume.Status.Path!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Makes_anew_what_was_left_half_made_and_leaves_a_strangers_file_alone()
    {
        await AddPoolAsync();
        var (half, taken) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        File.WriteAllText(Path.Combine(_pool, ".volume-" + half), "half");
        File.WriteAllText(Path.Combine(_pool, $"shop.taken.{taken[..8]}"), "no volume");

        _agent.AddVolume("half", spec => spec.Size = Quantity.Parse("1Mi"), half);
        _agent.AddVolume("taken", spec => spec.Size = Quantity.Parse("1Mi"), taken);
        var made = await _agent.VolumeAsync("half", "Ready", StorageVolumeReasons.Available);
        await _agent.VolumeAsync("taken", "Stalled", StorageVolumeReasons.CreateFailed);

        Assert.False(File.Exists(Path.Combine(_pool, ".volume-" + half)));
        Assert.NotNull(VolumeFile.Find(made.Status!.Path!, "qcow2"));
        Assert.Equal("no volume", File.ReadAllText(Path.Combine(_pool, $"shop.taken.{taken[..8]}")));
    }

    [Fact]
    public async Task Grows_a_volume_that_no_domain_has_open_and_never_shrinks_one()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));

        _agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"3Mi"}}""");
        await StorageAgent.UntilAsync(() => _agent.Volume("data").Status!.Capacity!.Value.ToInt64() == 3L << 20);
        _agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"2Mi"}}""");
        var smaller = await _agent.VolumeAsync("data", "Stalled", ConditionReasons.InvalidSpec);

        Assert.Equal(3L << 20, VolumeFile.Find(smaller.Status!.Path!, "qcow2")!.Capacity);
        Assert.True(smaller.Status.Conditions.IsTrue("Ready"));
    }

    [Fact]
    public async Task A_deleted_volume_outlives_the_domains_that_use_it()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        await using var connection = await libvirt.OpenAsync();
        var domain = await connection.Domains.DefineAsync(
            $"""
            <domain type='qemu'><name>{_name}</name><memory>1024</memory><os><type>hvm</type></os>
            <devices><disk type='file'><source file='{volume.Status!.Path}'/><target dev='vda' bus='virtio'/></disk></devices></domain>
            """,
            validate: false, Cancellation);

        _server.Delete<StorageVolume>("data", "shop");
        await _agent.VolumeAsync("data", "Ready", StorageVolumeReasons.InUse);
        Assert.True(File.Exists(volume.Status.Path));
        await connection.Domains.UndefineAsync(domain, Berth.Libvirt.DomainUndefineOptions.None, Cancellation);

        await StorageAgent.UntilAsync(() => _agent.Volume("data").Status!.ReleasedEpoch == 1);
        Assert.Equal("Deleted", _agent.Volume("data").Status!.State);
        Assert.Equal([PoolMarker.FileName], Entries());
    }

    [Fact]
    public async Task A_pool_that_retains_keeps_the_file_of_a_deleted_volume()
    {
        await _agent.AddPoolAsync(_pool, _name, pool => pool.Spec.ReclaimPolicy = ReclaimPolicies.Retain);
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));

        _server.Delete<StorageVolume>("data", "shop");
        await StorageAgent.UntilAsync(() => _agent.Volume("data").Status!.ReleasedEpoch == 1);

        Assert.True(File.Exists(volume.Status!.Path));
    }

    [Fact]
    public async Task Never_deletes_by_a_path_that_is_not_the_volumes_own()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        var other = Path.Combine(_pool, "precious");
        File.WriteAllText(other, "data");
        _agent.Patch<StorageVolume>("data", "shop", $$$"""{"status":{"path":"{{{other}}}"}}""", "status");

        _server.Delete<StorageVolume>("data", "shop");
        await _agent.VolumeAsync("data", "Stalled", ConditionReasons.InvalidSpec);

        Assert.True(File.Exists(other));
        Assert.Null(_agent.Volume("data").Status!.ReleasedEpoch);
    }

    [Fact]
    public async Task A_volume_of_another_node_is_not_touched()
    {
        await AddPoolAsync();
        _server.ForgetRequests();
        _agent.AddVolume("theirs", spec => spec.Size = Quantity.Parse("1Mi"));
        _agent.Patch<StorageVolume>("theirs", "shop", """{"status":{"executor":{"nodeName":"node-2","epoch":2}}}""", "status");
        await MakeAsync("ours", spec => spec.Size = Quantity.Parse("1Mi"));

        Assert.DoesNotContain(_server.Writes, write => write.Path.Contains("theirs", StringComparison.Ordinal));
        Assert.Null(_agent.Volume("theirs").Status!.Path);
    }

    [Fact]
    public async Task A_missing_image_is_waited_for_and_its_coming_wakes_the_volume()
    {
        await AddPoolAsync();
        _agent.AddVolume("root", spec => spec.Source = new VolumeSource { Image = "late" });
        await _agent.VolumeAsync("root", "Reconciling", ConditionReasons.ReferenceNotFound);

        _agent.AddImage("late", _web.Serve("/late", await QcowAsync("1M")));

        await _agent.VolumeAsync("root", "Ready", StorageVolumeReasons.Available);
    }

    [Fact]
    public async Task An_image_goes_with_its_object_once_nothing_is_built_upon_it()
    {
        await AddPoolAsync();
        var image = _agent.AddImage("debian", _web.Serve("/debian", await QcowAsync("1M")), pools: [_name]);
        await StorageAgent.UntilAsync(() => _agent.Report.Image("debian", _name)?.State == NodeImageStates.Available);
        var volume = await MakeAsync("root", spec => spec.Source = new VolumeSource { Image = "debian" });
        var copy = VolumeFile.Find(volume.Status!.Path!, "qcow2")!.Backing!;

        _server.Delete<Image>("debian");
        await StorageAgent.UntilAsync(() => _agent.Report.Image("debian", _name) is null);
        await _agent.Get<Berth.NodeAgent.Images.ImageSweep>().ReconcileAsync(new ObjectKey(null, _name), Cancellation);
        Assert.True(File.Exists(copy));
        _server.Delete<StorageVolume>("root", "shop");
        await StorageAgent.UntilAsync(() => !File.Exists(volume.Status.Path));
        await _agent.Get<Berth.NodeAgent.Images.ImageSweep>().ReconcileAsync(new ObjectKey(null, _name), Cancellation);

        Assert.Equal([PoolMarker.FileName], Entries());
        Assert.NotEmpty(image.Uid());
    }

    [Fact]
    public async Task A_restarted_agent_finds_copies_again_and_clears_dead_transfers()
    {
        await AddPoolAsync();
        _agent.AddImage("debian", _web.Serve("/debian", await QcowAsync("1M")));
        await MakeAsync("root", spec => spec.Source = new VolumeSource { Image = "debian" });
        await _agent.DisposeAsync();
        File.WriteAllText(Path.Combine(_pool, ".part-dead"), "half");

        _agent = await StorageAgent.StartAsync(_server, libvirt.Uri);
        await StorageAgent.UntilAsync(() => _agent.Report.Image("debian", _name)?.State == NodeImageStates.Available && !File.Exists(Path.Combine(_pool, ".part-dead")));

        Assert.Single(_web.Requests);
    }

    [Fact]
    public async Task A_failed_copy_says_why_and_is_tried_again()
    {
        await AddPoolAsync();
        var content = await QcowAsync("1M");
        var url = _web.Answer("/debian", "503 Service Unavailable");
        _agent.AddImage("debian", url, pools: [_name]);
        await StorageAgent.UntilAsync(() => _agent.Report.Image("debian", _name)?.State == NodeImageStates.Failed);
        Assert.Equal(ImageReasons.DownloadFailed, _agent.Report.Image("debian", _name)!.Reason);

        _web.Serve("/debian", content);

        await StorageAgent.UntilAsync(() => _agent.Report.Image("debian", _name)?.State == NodeImageStates.Available);
    }

    private Task<NodePoolStatus> AddPoolAsync() => _agent.AddPoolAsync(_pool, _name);

    private async Task<StorageVolume> MakeAsync(string name, Action<StorageVolumeSpec> spec)
    {
        _agent.AddVolume(name, spec);
        return await _agent.VolumeAsync(name, "Ready", StorageVolumeReasons.Available);
    }

    private string[] Entries() => [.. Directory.EnumerateFileSystemEntries(_pool).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    private static async Task<byte[]> QcowAsync(string size)
    {
        using var folder = new TemporaryFolder();
        await Qcow2HeaderTests.QemuImgAsync("create", "-q", "-f", "qcow2", folder.File("disk"), size);
        return await File.ReadAllBytesAsync(folder.File("disk"), Cancellation);
    }

    private static async Task<string> QemuInfoAsync(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("qemu-img", ["info", "--output=json", path]) { RedirectStandardOutput = true })!;
        return await process.StandardOutput.ReadToEndAsync(Cancellation);
    }

    private static long AllocatedBytes(string path)
    {
        using var file = Posix.OpenRead(path);
        return Posix.Describe(file).Allocated;
    }
}

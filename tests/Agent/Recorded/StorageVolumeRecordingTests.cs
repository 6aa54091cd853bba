using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.Tests.Storage;
using Berth.Testing.GitOps;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.Tests.Recorded;

/// <summary>A volume in each state that an agent tells of, over a real libvirtd.</summary>
public sealed class StorageVolumeRecordingTests(PrivateHost libvirt) : StorageOnHost(libvirt)
{
    [Fact]
    public async Task One_that_can_be_used()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        Check("available");
    }

    [Fact]
    public async Task One_whose_file_is_gone()
    {
        await AddPoolAsync();
        File.Delete((await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"))).Status!.Path!);
        Agent.Patch<StorageVolume>("data", "shop", """{"metadata":{"labels":{"look":"again"}}}""");
        await Agent.VolumeAsync("data", ConditionTypes.Stalled, StorageVolumeReasons.VolumeLost);
        Check("lost");
    }

    [Fact]
    public async Task One_that_is_asked_to_shrink()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("3Mi"));
        Agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"1Mi"}}""");
        await Agent.VolumeAsync("data", ConditionTypes.Stalled, ConditionReasons.InvalidSpec);
        Check("shrinking");
    }

    [Fact]
    public async Task One_with_a_field_that_the_agent_does_not_know()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        Agent.Patch<StorageVolume>("data", "shop", """{"spec":{"futureThing":true}}""");
        await Agent.VolumeAsync("data", ConditionTypes.Stalled, ConditionReasons.UnknownField);
        Check("unknown-field");
    }

    [Fact]
    public async Task One_whose_pool_is_not_in_its_place()
    {
        await AddPoolAsync();
        File.Delete(Path.Combine(Pool, PoolMarker.FileName));
        Agent.AddVolume("data", spec => spec.Size = Quantity.Parse("1Mi"));
        await Agent.VolumeAsync("data", ConditionTypes.Reconciling, StorageVolumeReasons.StoragePoolNotReady);
        Check("pool-not-ready");
    }

    [Fact]
    public async Task One_for_which_there_is_no_room()
    {
        await AddPoolAsync();
        Agent.AddVolume("data", spec => (spec.Size, spec.Allocation) = (Quantity.Parse("1Pi"), "full"));
        await Agent.VolumeAsync("data", ConditionTypes.Reconciling, StorageVolumeReasons.InsufficientSpace);
        var message = Agent.Volume("data").Status!.Conditions.Find(ConditionTypes.Ready)!.Message;
        Check("insufficient-space", (message, "There is not enough space in the pool."));
    }

    [Fact]
    public async Task One_in_whose_place_is_a_strangers_file()
    {
        await AddPoolAsync();
        var uid = Guid.NewGuid().ToString();
        await File.WriteAllTextAsync(Path.Combine(Pool, $"shop.data.{uid[..8]}"), "no volume", Cancellation);
        Agent.AddVolume("data", spec => spec.Size = Quantity.Parse("1Mi"), uid);
        await Agent.VolumeAsync("data", ConditionTypes.Stalled, StorageVolumeReasons.CreateFailed);
        Check("create-failed");
    }

    [Fact]
    public async Task One_whose_image_cannot_be_fetched()
    {
        await AddPoolAsync();
        Agent.AddImage("debian", "https://images.invalid/debian");
        Agent.AddVolume("data", spec => spec.Source = new VolumeSource { Image = "debian" });
        await StorageAgent.UntilAsync(() => Ready?.Reason == StorageVolumeReasons.ImageFailed);
        Check("image-failed", (Ready!.Message, "Image \"debian\" could not be fetched (DownloadFailed): no such host."));
    }

    [Fact]
    public async Task One_that_waits_for_a_domain_before_it_grows()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        await Agent.DisposeAsync();
        Agent = await StorageAgent.StartAsync(Server, Libvirt.Uri, services => services.AddSingleton<IDomainUses>(new InUse()));
        Agent.Patch<StorageVolume>("data", "shop", """{"spec":{"size":"2Mi"}}""");
        await Agent.VolumeAsync("data", ConditionTypes.Reconciling, StorageVolumeReasons.InUse);
        Check("growing-in-use");
    }

    [Fact]
    public async Task One_that_is_deleted_and_let_go_of()
    {
        await AddPoolAsync();
        await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        Server.Delete<StorageVolume>("data", "shop");
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.ReleasedEpoch == 1);
        Check("deleting-released");
    }

    private Condition? Ready => Agent.Volume("data").Status?.Conditions.Find(ConditionTypes.Ready);

    private void Check(string state, params ReadOnlySpan<(string Text, string Stands)> names) =>
        Recording.Check(Server.FindJson<StorageVolume>("data", "shop"), state, [.. names, (Pool, "/var/lib/berth/pools/default"), (PoolName, "default")]);

    /// <summary>Everything is open in some domain.</summary>
    private sealed class InUse : IDomainUses
    {
        public Task<bool> UsesFileAsync(string path, CancellationToken cancellationToken) => Task.FromResult(true);

        public Task<bool> UsesNetworkAsync(string network, bool runningOnly, CancellationToken cancellationToken) => Task.FromResult(true);
    }
}

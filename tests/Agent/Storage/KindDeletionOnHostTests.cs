using Berth.Api;
using Berth.Kubernetes;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.StoragePools;
using Berth.Testing.ApiServer;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>CustomResourceDefinitions are deleted, and all objects with them: what lies on the node stays until a person answers for it.</summary>
public sealed class KindDeletionOnHostTests(PrivateHost libvirt) : StorageOnHost(libvirt)
{
    [Fact]
    public async Task A_volume_that_goes_with_its_kind_keeps_its_file_until_a_person_confirms()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        Server.DeleteKind<StorageVolume>();
        await Agent.VolumeAsync("data", "Stalled", ConditionReasons.DeletionHeld);
        await Agent.DisposeAsync();
        Server.RemoveDefinition<StorageVolume>();
        Server.Define<StorageVolume>(TimeProvider.System.GetUtcNow());
        Agent = await StorageAgent.StartAsync(Server, Libvirt.Uri);
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.Conditions.Find("Stalled")?.Message.Contains("was made anew", StringComparison.Ordinal) == true);
        Assert.True(File.Exists(volume.Status!.Path));

        Server.Answer<StorageVolume>("data", "shop", BerthAnnotations.ConfirmDeletion);
        await StorageAgent.UntilAsync(() => Agent.Volume("data").Status!.ReleasedEpoch == 1);
        Assert.False(File.Exists(volume.Status.Path));
    }

    [Fact]
    public async Task A_volume_whose_VM_is_gone_keeps_its_file_until_a_person_confirms()
    {
        await AddPoolAsync();
        var machine = Server.Seed(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "shop" } });
        var volume = await MakeAsync("web-root", spec => spec.Size = Quantity.Parse("1Mi"));
        Server.Seed(Agent.Volume("web-root") with { Metadata = Agent.Volume("web-root").Metadata with { OwnerReferences = [machine.OwnerReference()] } });

        // Its finalizer was taken away; the garbage collector comes next.
        Server.Delete<VirtualMachine>("web", "shop");
        Server.Delete<StorageVolume>("web-root", "shop");
        var held = await Agent.VolumeAsync("web-root", "Stalled", ConditionReasons.DeletionHeld);
        Assert.Contains("VirtualMachine \"web\"", held.Status!.Conditions.Find("Stalled")!.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(volume.Status!.Path));

        Server.Answer<StorageVolume>("web-root", "shop", BerthAnnotations.ConfirmDeletion);
        await StorageAgent.UntilAsync(() => Agent.Volume("web-root").Status!.ReleasedEpoch == 1);
        Assert.False(File.Exists(volume.Status.Path));
    }

    [Fact]
    public async Task A_volume_goes_with_its_VM_and_not_before_anybody_has_deleted_that()
    {
        await AddPoolAsync();
        var machine = Server.Seed(new VirtualMachine { Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "shop", Finalizers = [BerthFinalizers.Release] } });
        var volume = await MakeAsync("web-root", spec => spec.Size = Quantity.Parse("1Mi"));
        Server.Seed(Agent.Volume("web-root") with { Metadata = Agent.Volume("web-root").Metadata with { OwnerReferences = [machine.OwnerReference()] } });
        Server.Delete<StorageVolume>("web-root", "shop");
        var held = await Agent.VolumeAsync("web-root", "Stalled", ConditionReasons.DeletionHeld);
        Assert.Contains("is not being deleted", held.Status!.Conditions.Find("Stalled")!.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(volume.Status!.Path));

        Server.Delete<VirtualMachine>("web", "shop");
        Agent.Patch<StorageVolume>("web-root", "shop", """{"metadata":{"labels":{"look":"again"}}}""");
        await StorageAgent.UntilAsync(() => Agent.Volume("web-root").Status!.ReleasedEpoch == 1);
        Assert.False(File.Exists(volume.Status.Path));
    }

    [Fact]
    public async Task A_pool_that_goes_with_its_kind_releases_no_volume()
    {
        await AddPoolAsync();
        var volume = await MakeAsync("data", spec => spec.Size = Quantity.Parse("1Mi"));
        Server.DeleteKind<StoragePool>();
        Server.DeleteKind<StorageVolume>();
        Server.RemoveDefinition<StoragePool>();
        await Agent.DisposeAsync();
        Agent = await StorageAgent.StartAsync(Server, Libvirt.Uri);
        await Agent.VolumeAsync("data", "Stalled", ConditionReasons.DeletionHeld);

        Assert.Null(Agent.Volume("data").Status!.ReleasedEpoch);
        Assert.True(File.Exists(volume.Status!.Path));
        Assert.True(File.Exists(Path.Combine(Pool, PoolMarker.FileName)));
    }
}

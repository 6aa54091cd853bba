using System.Text.Json;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;
using Berth.Testing.GitOps;

namespace Berth.Operator.Tests.Recorded;

/// <summary>Pools, networks, images, volumes and nodes in each state that the operator tells of.</summary>
public sealed class OtherKindsRecordingTests
{
    private const string Boot = "5b0f3c52-8a0f-4d47-9a3b-0c8a0f2f7d11";

    // Where each of them is: its state, and the reason of Ready that says that it has come there.
    private static readonly Dictionary<string, Func<OperatorRig, Task>> Pools = new(StringComparer.Ordinal)
    {
        ["ready"] = rig => SaysAsync<StoragePool>(rig, TestCluster.Pool, ConditionReasons.Succeeded),
        ["no-node"] = rig => PatchAsync<StoragePool>(rig, TestCluster.Pool, """{"spec":{"nodeSelector":{"disk":"ssd"}}}""", ConditionReasons.NoNode),
        ["not-heard-of-everywhere"] = rig => ReportAsync<StoragePool>(rig, TestCluster.Pool, """{"pools":null}""", ConditionReasons.Progressing),
        ["failing-on-a-node"] = rig => ReportAsync<StoragePool>(rig, TestCluster.Pool, """{"pools":[{"name":"default","available":false,"reason":"MarkerMissing","message":"The marker is missing."}]}""", "MarkerMissing"),
        ["not-supported"] = rig => PatchAsync<StoragePool>(rig, TestCluster.Pool, """{"spec":{"type":"rbd"}}""", ConditionReasons.NotSupported),
    };

    private static readonly Dictionary<string, Func<OperatorRig, Task>> Networks = new(StringComparer.Ordinal)
    {
        ["ready"] = rig => SaysAsync<VirtualNetwork>(rig, TestCluster.Network, ConditionReasons.Succeeded),
        ["no-node"] = rig => PatchAsync<VirtualNetwork>(rig, TestCluster.Network, """{"spec":{"nodeSelector":{"rack":"9"}}}""", ConditionReasons.NoNode),
        ["not-heard-of-everywhere"] = rig => ReportAsync<VirtualNetwork>(rig, TestCluster.Network, """{"networks":null}""", ConditionReasons.Progressing),
        ["failing-on-a-node"] = rig => ReportAsync<VirtualNetwork>(rig, TestCluster.Network, """{"networks":[{"name":"lan","available":false,"reason":"SubnetInUse","message":"Another interface has the subnet."}]}""", "SubnetInUse"),
        ["not-supported"] = rig => PatchAsync<VirtualNetwork>(rig, TestCluster.Network, """{"spec":{"mode":"macvtap"}}""", ConditionReasons.NotSupported),
    };

    private static readonly Dictionary<string, Func<OperatorRig, Task>> Images = new(StringComparer.Ordinal)
    {
        ["on-demand"] = rig => SaysAsync<Image>(rig, TestCluster.Disk, ImageReasons.OnDemand),
        ["downloading"] = rig => ReportAsync<Image>(rig, TestCluster.Disk, """{"images":[{"name":"debian","pool":"default","state":"Downloading","reason":"Downloading"}]}""", ImageReasons.Downloading),
        ["available"] = rig => ReportAsync<Image>(
            rig,
            TestCluster.Disk,
            """{"images":[{"name":"debian","pool":"default","state":"Available","reason":"Available","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000001","format":"qcow2","size":"300Mi","virtualSize":"2Gi"}]}""",
            ImageReasons.Available),
        ["failed"] = rig => ReportAsync<Image>(rig, TestCluster.Disk, """{"images":[{"name":"debian","pool":"default","state":"Failed","reason":"ChecksumMismatch","message":"The digest is another one."}]}""", ImageReasons.ChecksumMismatch),
        ["pool-awaited"] = rig => PatchAsync<Image>(rig, TestCluster.Disk, """{"spec":{"pools":["fast"]}}""", ConditionReasons.ReferenceNotFound),
        ["pool-missing"] = async rig =>
        {
            await PatchAsync<Image>(rig, TestCluster.Disk, """{"spec":{"pools":["fast"]}}""", ConditionReasons.ReferenceNotFound);
            await rig.PassAsync(TimeSpan.FromSeconds(10));
            await rig.EventuallyAsync(() => Conditions<Image>(rig, TestCluster.Disk).IsTrue(ConditionTypes.Stalled));
        },
        ["not-supported"] = rig => PatchAsync<Image>(rig, TestCluster.Disk, """{"spec":{"source":{"url":"ftp://images.example/debian"}}}""", ConditionReasons.InvalidSpec),
    };

    private static readonly Dictionary<string, Func<OperatorRig, Task>> Volumes = new(StringComparer.Ordinal)
    {
        ["waiting-for-node"] = async rig =>
        {
            rig.Machines.Apply(TestMachines.Named("web").WithVolume("data", "data"));
            await rig.SettleAsync(); // else the volume may be seen first, which then is nobody's
            Seed(rig, new StorageVolumeSpec { Size = Quantity.Parse("1Gi") });
            await SaysAsync<StorageVolume>(rig, "data", StorageVolumeReasons.WaitingForNode);
        },
        ["no-node"] = async rig =>
        {
            rig.Server.Patch<StoragePool>(TestCluster.Pool, null, JsonOf.Patch("""{"spec":{"nodeSelector":{"disk":"ssd"}}}"""));
            await SaysAsync<StoragePool>(rig, TestCluster.Pool, ConditionReasons.NoNode);
            Seed(rig, new StorageVolumeSpec { Size = Quantity.Parse("1Gi") });
            await SaysAsync<StorageVolume>(rig, "data", ConditionReasons.NoNode);
        },
        ["reference-awaited"] = async rig =>
        {
            Seed(rig, new StorageVolumeSpec { Pool = "fast", Size = Quantity.Parse("1Gi") });
            await SaysAsync<StorageVolume>(rig, "data", ConditionReasons.ReferenceNotFound);
        },
        ["reference-not-found"] = async rig =>
        {
            Seed(rig, new StorageVolumeSpec { Pool = "fast", Size = Quantity.Parse("1Gi") });
            await SaysAsync<StorageVolume>(rig, "data", ConditionReasons.ReferenceNotFound);
            await rig.PassAsync(TimeSpan.FromSeconds(10));
            await rig.EventuallyAsync(() => Conditions<StorageVolume>(rig, "data").IsTrue(ConditionTypes.Stalled));
        },
        ["reference-not-allowed"] = async rig =>
        {
            rig.Server.Patch<StoragePool>(TestCluster.Pool, null, JsonOf.Patch("""{"spec":{"allowedNamespaces":{"from":"Selector","selector":{"matchLabels":{"team":"shop"}}}}}"""));
            await rig.SettleAsync();
            Seed(rig, new StorageVolumeSpec { Size = Quantity.Parse("1Gi") });
            await SaysAsync<StorageVolume>(rig, "data", ConditionReasons.ReferenceNotAllowed);
        },
        ["not-supported"] = async rig =>
        {
            Seed(rig, new StorageVolumeSpec { Size = Quantity.Parse("1Gi"), Source = new VolumeSource { Volume = "other" } });
            await SaysAsync<StorageVolume>(rig, "data", ConditionReasons.NotSupported);
        },
    };

    public static TheoryData<string> PoolStates => [.. Pools.Keys];

    public static TheoryData<string> NetworkStates => [.. Networks.Keys];

    public static TheoryData<string> ImageStates => [.. Images.Keys];

    public static TheoryData<string> VolumeStates => [.. Volumes.Keys];

    [Theory]
    [MemberData(nameof(PoolStates))]
    public Task A_pool_in_each_state_is_as_it_was_recorded(string state) => RecordAsync<StoragePool>(Pools, state, TestCluster.Pool);

    [Theory]
    [MemberData(nameof(NetworkStates))]
    public Task A_network_in_each_state_is_as_it_was_recorded(string state) => RecordAsync<VirtualNetwork>(Networks, state, TestCluster.Network);

    [Theory]
    [MemberData(nameof(ImageStates))]
    public Task An_image_in_each_state_is_as_it_was_recorded(string state) => RecordAsync<Image>(Images, state, TestCluster.Disk);

    [Theory]
    [MemberData(nameof(VolumeStates))]
    public Task A_volume_in_each_state_is_as_it_was_recorded(string state) => RecordAsync<StorageVolume>(Volumes, state, "data", OperatorRig.Namespace);

    [Fact]
    public async Task Nodes_that_a_person_has_declared_off_are_as_they_were_recorded()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch($$"""{"status":{"bootId":"{{Boot}}","observedGeneration":1} }"""), "status");
        rig.Beat("node-1");
        rig.Beat("node-2");
        await rig.RunAsync("web", "node-1");
        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch($$"""{"spec":{"fenced":"{{Boot[..^1]}}2"} }"""));
        await rig.EventuallyAsync(() => Conditions<Hypervisor>(rig, "node-1").IsTrue(HypervisorConditions.FenceContradicted));
        Recording.Check(rig.Server.FindJson<Hypervisor>("node-1"), "fence-contradicted");

        rig.Server.Patch<Hypervisor>("node-1", null, JsonOf.Patch($$"""{"spec":{"fenced":"{{Boot}}"} }"""));
        await rig.PassAsync(seconds: 80, heard: "node-2");
        await rig.EventuallyAsync(() => rig.Server.Find<Hypervisor>("node-1")!.Status!.Releases is { Count: 1 });
        Recording.Check(rig.Server.FindJson<Hypervisor>("node-1"), "dead");
    }

    private static async Task RecordAsync<T>(Dictionary<string, Func<OperatorRig, Task>> states, string state, string name, string? @namespace = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.SettleAsync();
        await states[state](rig);
        await rig.SettleAsync();
        Recording.Check(rig.Server.FindJson<T>(name, @namespace), state);
    }

    private static async Task PatchAsync<T>(OperatorRig rig, string name, string patch, string reason)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        rig.Server.Patch<T>(name, null, JsonOf.Patch(patch));
        await SaysAsync<T>(rig, name, reason);
    }

    /// <summary>What the agent of node-2 reports.</summary>
    private static async Task ReportAsync<T>(OperatorRig rig, string name, string status, string reason)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        await rig.SettleAsync();
        rig.Server.Patch<Hypervisor>("node-2", null, JsonOf.Patch($$"""{"status":{{status}} }"""), "status");
        await SaysAsync<T>(rig, name, reason);
    }

    private static Task SaysAsync<T>(OperatorRig rig, string name, string reason)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        rig.EventuallyAsync(() => Conditions<T>(rig, name).Find(ConditionTypes.Ready)?.Reason == reason, reason);

    private static List<Condition> Conditions<T>(OperatorRig rig, string name)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var item = rig.Server.FindJson<T>(name, typeof(T) == typeof(StorageVolume) ? OperatorRig.Namespace : null);
        return item["status"]?["conditions"]?.Deserialize(KubernetesJsonContext.Default.IListCondition)?.ToList() ?? [];
    }

    private static void Seed(OperatorRig rig, StorageVolumeSpec spec) => rig.Server.Seed(new StorageVolume
    {
        Metadata = new V1ObjectMeta { Name = "data", NamespaceProperty = OperatorRig.Namespace },
        Spec = spec,
        Status = new StorageVolumeStatus { ObservedGeneration = -1 },
    });
}

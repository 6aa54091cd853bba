using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Tests.Support;

namespace Berth.Operator.Tests.ClusterKinds;

public sealed class ImageTests
{
    private const string Digest = "sha256:0000000000000000000000000000000000000000000000000000000000000001";

    [Fact]
    public async Task An_image_that_nobody_needs_is_ready_on_demand()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=True OnDemand"]);
        Assert.Equal((0, 0), (Image(rig).Status!.Copies!.Total, Image(rig).Status!.Copies!.Ready));
    }

    [Fact]
    public async Task A_copy_is_followed_from_download_to_availability()
    {
        await using var rig = await OperatorRig.StartAsync();
        Report(rig, "node-1", Copy("Downloading", "Downloading"));
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=False Downloading", "Reconciling=True Downloading"]);

        Report(rig, "node-1", Copy("Available", "Available", $$""" "digest":"{{Digest}}","format":"qcow2","size":"300Mi","virtualSize":"2Gi" """));
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=True Available"]);
        var status = Image(rig).Status!;
        Assert.Equal((Digest, "qcow2", "300Mi", "2Gi"), (status.Digest, status.Format, status.Size.ToString(), status.VirtualSize.ToString()));
        Assert.Equal((1, 1), (status.Copies!.Total, status.Copies.Ready));
    }

    [Fact]
    public async Task A_failed_copy_stalls_the_image_with_its_reason_and_node()
    {
        await using var rig = await OperatorRig.StartAsync();
        Report(rig, "node-2", Copy("Failed", "ChecksumMismatch", """ "message":"The digest is another one." """));
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=False ChecksumMismatch", "Stalled=True ChecksumMismatch"]);
        Assert.Equal("Node \"node-2\": The digest is another one.", Image(rig).Status!.Conditions.Find(ConditionTypes.Ready)!.Message);
    }

    [Fact]
    public async Task An_image_that_is_fetched_ahead_waits_for_every_host_of_the_pool()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<Image>(TestCluster.Disk, null, JsonOf.Patch("""{"spec":{"pools":["default"]}}"""));
        Report(rig, "node-1", Copy("Available", "Available"));
        // The message says when the report has been counted: before it, the conditions look the same.
        await rig.EventuallyAsync(() => Image(rig).Status?.Conditions.Find(ConditionTypes.Ready)?.Message == "Waits for copies on node-2.");
        Assert.Equal(["Ready=False Downloading", "Reconciling=True Downloading"], Conditions(Image(rig)));

        Report(rig, "node-2", Copy("Available", "Available"));
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=True Available"]);
        Assert.Equal(2, Image(rig).Status!.Copies!.Ready);
    }

    [Fact]
    public async Task A_copy_of_a_former_image_of_the_name_does_not_count()
    {
        await using var rig = await OperatorRig.StartAsync();
        Report(rig, "node-1", Copy("Failed", "ChecksumMismatch", """ "uid":"11111111-1111-1111-1111-111111111111" """));
        await rig.SettleAsync();
        Assert.Equal(["Ready=True OnDemand"], Conditions(Image(rig)));
    }

    [Fact]
    public async Task A_pool_that_does_not_exist_is_waited_for_then_stalls_and_clears()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.Server.Patch<Image>(TestCluster.Disk, null, JsonOf.Patch("""{"spec":{"pools":["fast"]}}"""));
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=False ReferenceNotFound", "Reconciling=True ReferenceNotFound"]);
        await rig.PassAsync(TimeSpan.FromSeconds(10));
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=False ReferenceNotFound", "Stalled=True ReferenceNotFound"]);
        rig.Server.Seed(new StoragePool { Metadata = new V1ObjectMeta { Name = "fast" }, Spec = new StoragePoolSpec { Target = new PoolTarget { Path = "/fast" } } });
        await rig.EventuallyAsync(() => Conditions(Image(rig)) is ["Ready=False Downloading", "Reconciling=True Downloading"]);
    }

    private static Image Image(OperatorRig rig) => rig.Server.Find<Image>(TestCluster.Disk)!;

    private static string Copy(string state, string reason, string? more = null) =>
        $$"""{"name": "{{TestCluster.Disk}}", "pool": "default", "state": "{{state}}", "reason": "{{reason}}"{{(more is null ? "" : "," + more)}} }""";

    private static void Report(OperatorRig rig, string node, string copy) =>
        rig.Server.Patch<Hypervisor>(node, null, JsonOf.Patch($$"""{"status": {"images": [{{copy}}]} }"""), "status");

    private static IReadOnlyList<string> Conditions(Image image) =>
        [.. (image.Status?.Conditions ?? []).Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}").Order(StringComparer.Ordinal)];
}

using System.Xml.Linq;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Images;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class VolumePlanTests
{
    private static readonly ImageCopy.Available Image = new("/pool/image-sha256-00", "qcow2", "sha256:00", 2000);

    [Fact]
    public void A_file_is_named_after_its_object_and_its_uid() =>
        Assert.Equal("shop.web-data.12345678", VolumePlan.NameOf(Volume()));

    [Theory]
    [InlineData("1Gi", false, 1L << 30)]
    [InlineData("1000", false, 1024)]
    [InlineData(null, true, 2048)]
    [InlineData("1Mi", true, 1L << 20)]
    [InlineData("2000", true, 2048)]
    public void Sizes_are_whole_sectors_and_by_default_the_images(string? size, bool hasImage, long expected) =>
        Assert.Equal(expected, VolumePlan.Of(Volume(size), hasImage ? Image : null).Plan!.Capacity);

    [Theory]
    [InlineData(null, false)]
    [InlineData("1000", true)]
    public void A_size_that_cannot_hold_its_content_is_a_finding(string? size, bool hasImage)
    {
        var (plan, finding) = VolumePlan.Of(Volume(size), hasImage ? Image : null);

        Assert.Null(plan);
        Assert.Equal(("spec.size", ConditionReasons.InvalidSpec), (finding!.Field, finding.Reason));
    }

    [Fact]
    public void An_overlay_names_its_backing_file_and_that_files_format()
    {
        var backing = XElement.Parse(VolumePlan.Of(Volume("1Gi"), Image).Plan!.ToXml("draft")).Element("backingStore")!;

        // Without the format QEMU would guess it from what a guest may have written.
        Assert.Equal(("/pool/image-sha256-00", "qcow2"), (backing.Element("path")!.Value, backing.Element("format")!.Attribute("type")!.Value));
    }

    [Theory]
    [InlineData("thin", "0")]
    [InlineData("full", "1048576")]
    public void Allocation_is_none_or_all(string allocation, string expected)
    {
        var volume = Volume("1Mi");
        volume.Spec.Allocation = allocation;

        Assert.Equal(expected, XElement.Parse(VolumePlan.Of(volume, null).Plan!.ToXml("draft")).Element("allocation")!.Value);
    }

    [Theory]
    [InlineData(2048, "/pool/image-sha256-00", true)]
    [InlineData(4096, "/pool/image-sha256-00", true)]
    [InlineData(1024, "/pool/image-sha256-00", false)]
    [InlineData(2048, "/pool/image-sha256-11", false)]
    [InlineData(2048, null, false)]
    public void A_file_that_is_found_must_fit_the_plan(long capacity, string? backing, bool fits) =>
        Assert.Equal(fits, new VolumeFile("/pool/x", "qcow2", capacity, backing).Fits(VolumePlan.Of(Volume(), Image).Plan!));

    [Theory]
    [InlineData("image-sha256-0000000000000000000000000000000000000000000000000000000000000000", true)]
    [InlineData(".image-uid.json", true)]
    [InlineData(".part-0", true)]
    [InlineData(".volume-uid", true)]
    [InlineData("shop.web.data.0123abcd", true)]
    [InlineData(".berth-pool.json", false)]
    [InlineData("lost+found", false)]
    [InlineData("readme.txt", false)]
    [InlineData("disk.qcow2", false)]
    public void Berths_files_in_a_pool_are_known_by_their_names(string name, bool isOurs)
    {
        using var folder = new TemporaryFolder();
        folder.Write(name, []);

        Assert.Equal(isOurs, PoolContents.HoldOurs(folder.Path));
    }

    [Theory]
    [InlineData("<domain><devices><disk><source file='/pool/a'/></disk></devices></domain>", true)]
    [InlineData("<domain><devices><disk><source file='/pool/b'/><backingStore><source file='/pool/a'/></backingStore></disk></devices></domain>", true)]
    [InlineData("<domain><os><kernel>/pool/a</kernel></os></domain>", true)]
    [InlineData("<domain><devices><disk><source file='/pool/ab'/></disk></devices></domain>", false)]
    public void A_domain_uses_every_file_that_it_names(string domain, bool uses) =>
        Assert.Equal(uses, DomainUses.NamesFile(XElement.Parse(domain), "/pool/a"));

    [Theory]
    [InlineData("<domain><devices><interface type='network'><source network='berth-lan'/></interface></devices></domain>", true)]
    [InlineData("<domain><devices><interface type='network'><source network='lan'/></interface></devices></domain>", false)]
    [InlineData("<domain><name>berth-lan</name></domain>", false)]
    public void A_domain_uses_the_networks_of_its_interfaces(string domain, bool uses) =>
        Assert.Equal(uses, DomainUses.NamesNetwork(XElement.Parse(domain), "berth-lan"));

    [Fact]
    public void Backing_files_are_read_from_the_files_and_doubt_counts_as_use()
    {
        using var folder = new TemporaryFolder();
        var copy = folder.Write("image-sha256-" + new string('0', 64), [1]);
        Assert.False(BackingFiles.Mention(folder.Path, copy));

        folder.Write("raw", [1, 2, 3]);
        folder.Write("other", Qcow2Files.Header(backing: folder.File("another")));
        Assert.False(BackingFiles.Mention(folder.Path, copy));

        foreach (var user in new[] { Qcow2Files.Header(backing: copy), Qcow2Files.Header(backing: Path.GetFileName(copy)), Qcow2Files.Header(backing: "json:{}"), Qcow2Files.Header(clusterBits: 63) })
        {
            folder.Write("user", user);
            Assert.True(BackingFiles.Mention(folder.Path, copy));
        }
    }

    private static StorageVolume Volume(string? size = null) => new()
    {
        Metadata = new V1ObjectMeta { Name = "web-data", NamespaceProperty = "shop", Uid = "12345678-1234-1234-1234-123456789abc" },
        Spec = new StorageVolumeSpec { Size = size is null ? null : Quantity.Parse(size) },
    };
}

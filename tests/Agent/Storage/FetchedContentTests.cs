using System.Text;
using Berth.Api;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>What was fetched is looked into before it is kept.</summary>
public sealed class FetchedContentTests : ImageFetchTest
{
    [Theory]
    [InlineData(ImageTypes.Disk, "\u001f\u008b compressed")]
    [InlineData(ImageTypes.Disk, "KDMV")]
    [InlineData(ImageTypes.Disk, "")]
    [InlineData(ImageTypes.Kernel, "<!DOCTYPE html><title>404</title>")]
    [InlineData(ImageTypes.Iso, "no iso")]
    public async Task Keeps_nothing_of_content_that_is_not_what_the_type_says(string type, string content) =>
        await RefusedAsync(ImageReasons.InvalidContent, Server.Serve("/disk", Encoding.Latin1.GetBytes(content)), type: type);

    [Fact]
    public async Task Keeps_nothing_of_a_qcow2_file_that_names_other_files()
    {
        await RefusedAsync(ImageReasons.InvalidContent, Server.Serve("/backing", Qcow2Files.Header(backing: "/etc/shadow")));
        await RefusedAsync(ImageReasons.InvalidContent, Server.Serve("/data", Qcow2Files.Header(incompatible: 4, extensions: [(0x44415441, "/etc/shadow"u8.ToArray())])));
        await RefusedAsync(ImageReasons.InvalidContent, Server.Serve("/encrypted", Qcow2Files.Header(encryption: 2)));
        await RefusedAsync(ImageReasons.InvalidContent, Server.Serve("/broken", Qcow2Files.Header(clusterBits: 63)));
    }

    [Fact]
    public async Task Detects_qcow2_and_its_size()
    {
        var copy = await FetchAsync(Server.Serve("/disk", Qcow2Files.Header(size: 10L << 30)));

        Assert.Equal(("qcow2", 10L << 30, 4096L), (copy.Format, copy.VirtualSize, copy.Size));
    }

    [Fact]
    public async Task Takes_a_qcow2_kernel_for_what_it_is_not_a_disk() =>
        Assert.Equal("raw", (await FetchAsync(Server.Serve("/kernel", Qcow2Files.Header(backing: "/x")), type: ImageTypes.Kernel)).Format);

    [Fact]
    public async Task Knows_an_iso_by_its_descriptor()
    {
        var content = new byte[0x9000];
        "CD001"u8.CopyTo(content.AsSpan(0x8001));

        Assert.Equal("raw", (await FetchAsync(Server.Serve("/iso", content), type: ImageTypes.Iso)).Format);
    }
}

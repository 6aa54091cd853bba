using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Berth.Api;
using Berth.NodeAgent.Images;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.StorageVolumes;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Content and folders made to harm the node.</summary>
public sealed class HostileContentTests : ImageFetchTest
{
    private readonly TemporaryFolder _outside = new();

    public HostileContentTests() => Options = Options with { MaxImageSize = 64 << 20 };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _outside.Dispose();
    }

    [Theory]
    [InlineData("/etc/shadow")]
    [InlineData("../../../etc/shadow")]
    [InlineData("file:/etc/shadow")]
    [InlineData("json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}")]
    [InlineData("nbd://127.0.0.1:10809/x")]
    [InlineData("image-sha256-0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task A_qcow2_file_with_a_backing_file_of_any_form_is_refused(string backing)
    {
        foreach (var version in (uint[])[2, 3])
        {
            await RefusedAsync(ImageReasons.InvalidContent, Server.Serve("/disk", Qcow2Files.Header(version, backing: backing)));
        }
    }

    [Theory]
    [InlineData(1UL << 62, 16u)]
    [InlineData((1UL << 50) + 512, 16u)]
    [InlineData(1UL << 50, 9u)]
    [InlineData(1UL << 40, 9u)]
    public async Task A_small_file_that_declares_a_huge_disk_is_refused(ulong size, uint clusterBits) =>
        await RefusedAsync(ImageReasons.InvalidContent, Server.Serve("/disk", Qcow2Files.Header(size: size, clusterBits: clusterBits)));

    [Fact]
    public async Task Nothing_is_unpacked_whatever_the_server_calls_it()
    {
        using var bomb = new MemoryStream();
        await using (var gzip = new GZipStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[64 << 20], Cancellation);
        }

        var url = Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Encoding: gzip", $"Content-Length: {bomb.Length}");
            await stream.WriteAsync(bomb.ToArray(), cancellationToken);
        });

        Assert.Contains("gzip", (await RefusedAsync(ImageReasons.InvalidContent, url)).Message, StringComparison.Ordinal);

        // An initrd may be packed; it is the guest that unpacks it.
        Assert.Equal(bomb.Length, (await FetchAsync(url, type: ImageTypes.Initrd)).Size);
    }

    [Theory]
    [InlineData("416 Range Not Satisfiable")]
    [InlineData("205 Reset Content")]
    [InlineData("300 Multiple Choices")]
    [InlineData("401 Unauthorized")]
    public async Task No_other_answer_is_taken_for_an_image(string status) => await RefusedAsync(ImageReasons.DownloadFailed, Server.Answer("/disk", status));

    [Fact]
    public void A_trickle_is_given_up_and_a_slow_link_is_not()
    {
        var slow = new TransferPace(1000);
        for (var second = 0; second < 2 * TransferPace.Window.TotalSeconds; second++)
        {
            slow.Came(1001, TimeSpan.FromSeconds(1));
        }

        var trickle = new TransferPace(1000);
        Action oneByteEach29Seconds = () => trickle.Came(1, TimeSpan.FromSeconds(29));
        for (var second = 29; second < TransferPace.Window.TotalSeconds; second += 29)
        {
            oneByteEach29Seconds();
        }

        var failure = Assert.Throws<ImageFetchException>(oneByteEach29Seconds);
        Assert.Equal(ImageReasons.DownloadIncomplete, failure.Reason);
        new TransferPace(0).Came(0, TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task What_the_pool_cannot_hold_is_refused_before_it_comes()
    {
        var url = Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", $"Content-Length: {1L << 58}");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });

        Options = Options with { MaxImageSize = long.MaxValue };
        await RefusedAsync(ImageReasons.InsufficientSpace, url);
    }

    [Fact]
    public async Task A_planted_record_leads_nowhere()
    {
        var secret = _outside.Write("secret", [1, 2, 3]);
        var url = Server.Serve("/disk", [4, 5]);
        var escape = "sha256:/../../" + Path.GetFileName(_outside.Path) + "/secret";
        Pool.Write(".image-uid-1.json", Encoding.UTF8.GetBytes(
            $$"""{"uid":"uid-1","name":"debian","type":"disk","url":"{{url}}","digest":"{{escape}}","format":"raw","size":3,"virtualSize":3}"""));

        var copy = await FetchAsync(url);

        Assert.Equal(Pool.File("image-sha256-" + Convert.ToHexStringLower(SHA256.HashData((byte[])[4, 5]))), copy.Path);
        Assert.DoesNotContain(new ImageFolder(Pool.Path).Records(), record => record.Digest == escape);
        Assert.True(File.Exists(secret));
    }

    [Fact]
    public async Task Planted_links_and_pipes_are_neither_followed_nor_waited_for()
    {
        var secret = _outside.Write("secret", [1, 2, 3]);
        byte[] content = [1, 2, 3];
        var copy = Pool.File("image-sha256-" + Convert.ToHexStringLower(SHA256.HashData(content)));
        File.CreateSymbolicLink(Pool.File(".part-planted"), secret);
        File.CreateSymbolicLink(copy, secret);
        File.CreateSymbolicLink(Pool.File(".image-other.json"), secret);
        using (var mkfifo = Process.Start("mkfifo", [Pool.File(".image-uid-1.json")]))
        {
            await mkfifo.WaitForExitAsync(Cancellation);
        }

        var folder = new ImageFolder(Pool.Path);
        Assert.Empty(folder.Records());
        using var open = FolderHandle.Open(Pool.Path);
        Assert.Equal(1, ImageFolder.RemoveDeadParts(open));
        var failure = await Assert.ThrowsAsync<ImageFetchException>(() =>
            FetchAsync(Server.Serve("/disk", content), checksum: "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content))));

        Assert.Equal(ImageReasons.DownloadFailed, failure.Reason);
        Assert.Equal(content, await File.ReadAllBytesAsync(secret, Cancellation));
        Assert.NotNull(new FileInfo(copy).LinkTarget);
    }

    [Fact]
    public void A_file_with_a_name_elsewhere_that_not_everybody_may_read_is_refused()
    {
        var secret = _outside.Write("secret", [1]);
        File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        LinkTo(secret, Pool.File("linked"));

        var failure = Assert.Throws<ImageFetchException>(() => new HostImages(Pool.Path).Open(Pool.File("linked")));

        Assert.Equal(ImageReasons.SourceNotAllowed, failure.Reason);
    }

    [Fact]
    public async Task A_mirrors_linked_files_are_fetched()
    {
        File.SetUnixFileMode(Pool.Write("one", [1]), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        LinkTo(Pool.File("one"), Pool.File("two"));

        await using var content = new HostImages(Pool.Path).Open(Pool.File("two"));

        Assert.Equal(1, content.Length);
    }

    [Fact]
    public void Devices_are_no_images() =>
        Assert.Equal(ImageReasons.SourceNotAllowed, Assert.Throws<ImageFetchException>(() => new HostImages("/dev").Open("/dev/zero")).Reason);

    [Fact]
    public void A_volume_that_is_a_link_or_built_upon_a_file_of_the_host_is_no_volume()
    {
        File.CreateSymbolicLink(Pool.File("link"), _outside.Write("secret", [1]));
        Pool.Write("upon", Qcow2Files.Header(backing: "/etc/shadow"));
        Pool.Write("beside", Qcow2Files.Header(backing: Pool.File("shop.other.12345678")));
        Pool.Write("split", Qcow2Files.Header(incompatible: 4));
        var image = Pool.File("image-sha256-" + new string('0', 64));
        Pool.Write("sound", Qcow2Files.Header(backing: image));

        foreach (var name in (string[])["link", "upon", "beside", "split"])
        {
            Assert.Throws<InvalidDataException>(() => VolumeFile.Find(Pool.File(name), "qcow2"));
        }

        Assert.Equal(image, VolumeFile.Find(Pool.File("sound"), "qcow2")!.Backing);
    }

    [Fact]
    public void The_agent_starts_no_programs() =>
        Assert.DoesNotContain(
            typeof(ImageFetcher).Assembly.GetReferencedAssemblies(), assembly => assembly.Name == "System.Diagnostics.Process");

    private static void LinkTo(string existing, string created)
    {
        using var ln = Process.Start("ln", [existing, created]);
        ln.WaitForExit();
        Assert.Equal(0, ln.ExitCode);
    }
}

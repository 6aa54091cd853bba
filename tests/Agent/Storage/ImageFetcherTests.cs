using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Berth.Api;
using Berth.NodeAgent.Images;
using Berth.NodeAgent.StoragePools;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class ImageFetcherTests : IAsyncLifetime
{
    private readonly TemporaryFolder _pool = new();
    private readonly ScriptedServer _server = new();
    private readonly WebImages _web = new(new AgentOptions { NodeName = "node-1", AllowedImageAddresses = "127.0.0.0/8" });
    private readonly ManualTime _time = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private AgentOptions _options = new() { NodeName = "node-1", MaxImageSize = 1 << 20 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _pool.Dispose();
    }

    [Fact]
    public async Task Names_a_copy_by_its_digest_and_makes_it_read_only()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);

        var copy = await FetchAsync(_server.Serve("/disk", content), Sha256(content));

        Assert.Equal(_pool.File("image-sha256-" + Hex(content)), copy.Path);
        Assert.Equal(("raw", 300_000L, 300_000L, "sha256:" + Hex(content)), (copy.Format, copy.Size, copy.VirtualSize, copy.Digest));
        Assert.Equal(content, await File.ReadAllBytesAsync(copy.Path, Cancellation));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(copy.Path));
        Assert.Equal([".image-uid-1.json", "image-sha256-" + Hex(content)], _pool.Entries);
    }

    [Fact]
    public async Task Leaves_nothing_half_written_when_the_record_cannot_be()
    {
        var content = RandomNumberGenerator.GetBytes(1000);
        Directory.CreateDirectory(_pool.File(".image-uid-1.json"));
        var failure = await Assert.ThrowsAsync<ImageFetchException>(() => FetchAsync(_server.Serve("/disk", content), Sha256(content)));
        Assert.Equal(ImageReasons.DownloadFailed, failure.Reason);
        Assert.Equal([".image-uid-1.json"], _pool.Entries);
    }

    [Fact]
    public async Task Verifies_sha512_and_still_names_the_copy_by_sha256()
    {
        var content = RandomNumberGenerator.GetBytes(1000);

        var copy = await FetchAsync(_server.Serve("/disk", content), "sha512:" + Convert.ToHexStringLower(SHA512.HashData(content)));

        Assert.EndsWith("image-sha256-" + Hex(content), copy.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha512:00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Keeps_nothing_of_content_that_differs_from_its_checksum(string checksum) =>
        await RefusedAsync(ImageReasons.ChecksumMismatch, _server.Serve("/disk", new byte[1000]), checksum);

    [Fact]
    public async Task Keeps_nothing_of_a_transfer_that_is_cut_half_way() =>
        await RefusedAsync(ImageReasons.DownloadIncomplete, _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Length: 100000");
            await stream.WriteAsync(new byte[50_000], cancellationToken);
        }));

    [Fact]
    public async Task Keeps_nothing_of_chunks_that_are_cut_half_way() =>
        await RefusedAsync(ImageReasons.DownloadIncomplete, _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Transfer-Encoding: chunked");
            await stream.WriteAsync(Encoding.ASCII.GetBytes("4\r\nabcd\r\n"), cancellationToken);
        }));

    [Fact]
    public async Task Takes_chunks_of_unknown_length()
    {
        var url = _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Transfer-Encoding: chunked");
            await stream.WriteAsync(Encoding.ASCII.GetBytes("4\r\nabcd\r\n0\r\n\r\n"), cancellationToken);
        });

        Assert.Equal(4, (await FetchAsync(url)).Size);
    }

    [Fact]
    public async Task Gives_up_on_a_server_that_falls_silent_in_the_middle()
    {
        var url = _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Length: 100000");
            await stream.WriteAsync(new byte[50_000], cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });

        var fetch = RefusedAsync(ImageReasons.DownloadIncomplete, url);
        await Eventually.TrueAsync(() => Directory.GetFiles(_pool.Path, ".part-*") is [var part] && new FileInfo(part).Length == 50_000, Cancellation);
        _time.Advance(WebImages.Silence);
        await fetch;
    }

    [Fact]
    public async Task Waits_for_a_slow_server_as_long_as_it_is_not_silent()
    {
        var more = new SemaphoreSlim(0);
        var url = _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Length: 5");
            for (var sent = 0; sent < 5; sent++)
            {
                await more.WaitAsync(cancellationToken);
                await stream.WriteAsync("x"u8.ToArray(), cancellationToken);
            }
        });

        var fetch = FetchAsync(url);
        for (var sent = 0; sent < 5; sent++)
        {
            var came = sent;
            await Eventually.TrueAsync(() => Directory.GetFiles(_pool.Path, ".part-*") is [var part] && new FileInfo(part).Length == came, Cancellation);
            _time.Advance(WebImages.Silence - TimeSpan.FromSeconds(1));
            more.Release();
        }

        Assert.Equal(5, (await fetch).Size);
    }

    [Fact]
    public async Task Gives_up_on_a_server_that_never_answers()
    {
        var url = _server.On("/disk", (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken));

        var fetch = RefusedAsync(ImageReasons.DownloadFailed, url);
        await Eventually.TrueAsync(() => !_server.Requests.IsEmpty, Cancellation);
        _time.Advance(WebImages.Silence);
        await fetch;
    }

    [Fact]
    public async Task Names_the_status_that_the_server_answered()
    {
        var failure = await RefusedAsync(ImageReasons.DownloadFailed, _server.Answer("/disk?token=secret", "404 Not Found"));

        Assert.Contains("404 Not Found", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("204 No Content")]
    [InlineData("206 Partial Content")]
    [InlineData("304 Not Modified")]
    [InlineData("500 Internal Server Error")]
    public async Task Takes_nothing_but_a_whole_answer(string status) =>
        await RefusedAsync(ImageReasons.DownloadFailed, _server.Answer("/disk", status));

    [Fact]
    public async Task Says_that_a_server_cannot_be_reached()
    {
        var gone = new ScriptedServer();
        var url = gone.Address + "/disk";
        await gone.DisposeAsync();

        await RefusedAsync(ImageReasons.DownloadFailed, url);
    }

    [Fact]
    public async Task Follows_five_redirects()
    {
        for (var hop = 0; hop < 5; hop++)
        {
            _server.Answer($"/{hop}", "302 Found", $"Location: /{hop + 1}");
        }

        _server.Serve("/5", [1, 2, 3]);

        Assert.Equal(3, (await FetchAsync(_server.Address + "/0")).Size);
        Assert.Equal(6, _server.Requests.Count);
    }

    [Fact]
    public async Task Follows_no_sixth_redirect()
    {
        var url = _server.Answer("/loop", "301 Moved Permanently", "Location: /loop");

        Assert.Contains("redirects", (await RefusedAsync(ImageReasons.DownloadFailed, url)).Message, StringComparison.Ordinal);
        Assert.Equal(6, _server.Requests.Count);
    }

    [Fact]
    public async Task Follows_no_redirect_to_a_file_of_the_host() =>
        await RefusedAsync(ImageReasons.SourceNotAllowed, _server.Answer("/disk", "302 Found", "Location: file:///etc/passwd"));

    [Fact]
    public async Task Trusts_no_certificate_that_the_system_does_not_trust()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await using var secure = new ScriptedServer(certificate);

        var failure = await RefusedAsync(ImageReasons.DownloadFailed, secure.Serve("/disk", [1]));

        Assert.Contains("TLS", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_what_is_announced_too_large_before_it_comes() =>
        await RefusedAsync(ImageReasons.TooLarge, _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", $"Content-Length: {1L << 40}");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }));

    [Fact]
    public async Task Stops_at_the_size_limit_whatever_was_announced() =>
        await RefusedAsync(ImageReasons.TooLarge, _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK");
            while (true)
            {
                await stream.WriteAsync(new byte[64 * 1024], cancellationToken);
            }
        }));

    [Fact]
    public async Task Asks_for_a_checksum_where_the_agent_requires_one()
    {
        _options = _options with { RequireChecksums = true };

        await RefusedAsync(ConditionReasons.InvalidSpec, _server.Serve("/disk", [1]));
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData(ImageTypes.Disk, "\u001f\u008b compressed")]
    [InlineData(ImageTypes.Disk, "KDMV")]
    [InlineData(ImageTypes.Disk, "")]
    [InlineData(ImageTypes.Kernel, "<!DOCTYPE html><title>404</title>")]
    [InlineData(ImageTypes.Iso, "no iso")]
    public async Task Keeps_nothing_of_content_that_is_not_what_the_type_says(string type, string content) =>
        await RefusedAsync(ImageReasons.InvalidContent, _server.Serve("/disk", Encoding.Latin1.GetBytes(content)), type: type);

    [Fact]
    public async Task Keeps_nothing_of_a_qcow2_file_that_names_other_files()
    {
        await RefusedAsync(ImageReasons.InvalidContent, _server.Serve("/backing", Qcow2Files.Header(backing: "/etc/shadow")));
        await RefusedAsync(ImageReasons.InvalidContent, _server.Serve("/data", Qcow2Files.Header(incompatible: 4, extensions: [(0x44415441, "/etc/shadow"u8.ToArray())])));
        await RefusedAsync(ImageReasons.InvalidContent, _server.Serve("/encrypted", Qcow2Files.Header(encryption: 2)));
        await RefusedAsync(ImageReasons.InvalidContent, _server.Serve("/broken", Qcow2Files.Header(clusterBits: 63)));
    }

    [Fact]
    public async Task Detects_qcow2_and_its_size()
    {
        var copy = await FetchAsync(_server.Serve("/disk", Qcow2Files.Header(size: 10L << 30)));

        Assert.Equal(("qcow2", 10L << 30, 4096L), (copy.Format, copy.VirtualSize, copy.Size));
    }

    [Fact]
    public async Task Takes_a_qcow2_kernel_for_what_it_is_not_a_disk() =>
        Assert.Equal("raw", (await FetchAsync(_server.Serve("/kernel", Qcow2Files.Header(backing: "/x")), type: ImageTypes.Kernel)).Format);

    [Fact]
    public async Task Knows_an_iso_by_its_descriptor()
    {
        var content = new byte[0x9000];
        "CD001"u8.CopyTo(content.AsSpan(0x8001));

        Assert.Equal("raw", (await FetchAsync(_server.Serve("/iso", content), type: ImageTypes.Iso)).Format);
    }

    [Fact]
    public async Task Finds_a_copy_again_without_asking_the_server()
    {
        var url = _server.Serve("/disk", [1, 2, 3]);
        var first = await FetchAsync(url);
        _server.Serve("/disk", [4, 5, 6]);

        Assert.Equal(first, await FetchAsync(url));
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Finds_a_copy_that_another_image_brought()
    {
        byte[] content = [1, 2, 3];
        var first = await FetchAsync(_server.Serve("/disk", content));

        var second = await FetchAsync(_server.Address + "/never-asked", Sha256(content), uid: "uid-2");

        Assert.Equal(first, second);
        Assert.Equal([".image-uid-1.json", ".image-uid-2.json", Path.GetFileName(first.Path)], _pool.Entries);
    }

    [Fact]
    public async Task Fetches_again_when_the_source_changed_or_the_copy_is_gone()
    {
        var first = await FetchAsync(_server.Serve("/1", [1]));
        var second = await FetchAsync(_server.Serve("/2", [2]));
        Assert.NotEqual(first.Digest, second.Digest);

        File.Delete(second.Path);

        Assert.Equal(second, await FetchAsync(_server.Address + "/2"));
        Assert.Equal(["/1", "/2", "/2"], _server.Requests);
    }

    [Fact]
    public async Task Does_not_take_a_link_or_a_file_of_another_size_for_a_copy()
    {
        var copy = await FetchAsync(_server.Serve("/disk", [1, 2, 3]));
        File.Delete(copy.Path);
        File.CreateSymbolicLink(copy.Path, _pool.Write("other", [1, 2, 3]));

        await Assert.ThrowsAsync<ImageFetchException>(() => FetchAsync(_server.Address + "/disk"));
        Assert.NotNull(new FileInfo(copy.Path).LinkTarget);
    }

    [Fact]
    public async Task Two_agents_at_once_on_one_folder_end_with_one_copy()
    {
        var content = RandomNumberGenerator.GetBytes(900_000);
        var arrived = 0;
        var both = new TaskCompletionSource();
        var url = _server.On("/disk", async (stream, cancellationToken) =>
        {
            if (Interlocked.Increment(ref arrived) == 2)
            {
                both.SetResult();
            }

            await both.Task.WaitAsync(cancellationToken);
            await ScriptedServer.HeadAsync(stream, "200 OK", $"Content-Length: {content.Length}");
            await stream.WriteAsync(content, cancellationToken);
        });

        var copies = await Task.WhenAll(FetchAsync(url), FetchAsync(url));

        Assert.Equal(copies[0], copies[1]);
        Assert.Equal([".image-uid-1.json", Path.GetFileName(copies[0].Path)], _pool.Entries);
        Assert.Equal(content, await File.ReadAllBytesAsync(copies[0].Path, Cancellation));
    }

    [Fact]
    public async Task Leaves_nothing_when_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var url = _server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Length: 10");
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ImageFetcher(_web, _options, _time).FetchAsync(Request(url), _pool.Path, new SemaphoreSlim(1, 1), stop.Token));
        Assert.Empty(_pool.Entries);
    }

    [Fact]
    public void Removes_what_dead_transfers_left_and_nothing_of_living_ones()
    {
        var folder = new ImageFolder(_pool.Path);
        _pool.Write(".part-dead", [1]);
        _pool.Write("shop.data.0123abcd", [1]);
        using var living = folder.CreatePart();

        using var open = FolderHandle.Open(_pool.Path);
        Assert.Equal(1, ImageFolder.RemoveDeadParts(open));
        Assert.Equal([Path.GetFileName(living.Name), "shop.data.0123abcd"], _pool.Entries);
    }

    private async Task<ImageFetchException> RefusedAsync(string reason, string url, string? checksum = null, string type = ImageTypes.Disk)
    {
        var failure = await Assert.ThrowsAsync<ImageFetchException>(() => FetchAsync(url, checksum, type));
        Assert.Equal(reason, failure.Reason);
        Assert.Empty(_pool.Entries);
        return failure;
    }

    private Task<ImageFile> FetchAsync(string url, string? checksum = null, string type = ImageTypes.Disk, string uid = "uid-1") =>
        new ImageFetcher(_web, _options, _time).FetchAsync(Request(url, checksum, type, uid), _pool.Path, _gate, Cancellation);

    private static ImageRequest Request(string url, string? checksum = null, string type = ImageTypes.Disk, string uid = "uid-1") =>
        new("debian", uid, type, url, checksum);

    private static string Hex(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string Sha256(byte[] content) => "sha256:" + Hex(content);
}

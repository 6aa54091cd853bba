using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Berth.Api;
using Berth.NodeAgent.Images;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>The transfer itself: what a server may answer, and what becomes of it.</summary>
public sealed class ImageFetcherTests : ImageFetchTest
{
    [Fact]
    public async Task Names_a_copy_by_its_digest_and_makes_it_read_only()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);

        var copy = await FetchAsync(Server.Serve("/disk", content), Sha256(content));

        Assert.Equal(Pool.File("image-sha256-" + Hex(content)), copy.Path);
        Assert.Equal(("raw", 300_000L, 300_000L, "sha256:" + Hex(content)), (copy.Format, copy.Size, copy.VirtualSize, copy.Digest));
        Assert.Equal(content, await File.ReadAllBytesAsync(copy.Path, Cancellation));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(copy.Path));
        Assert.Equal([".image-uid-1.json", "image-sha256-" + Hex(content)], Pool.Entries);
    }

    [Fact]
    public async Task Leaves_nothing_half_written_when_the_record_cannot_be()
    {
        var content = RandomNumberGenerator.GetBytes(1000);
        Directory.CreateDirectory(Pool.File(".image-uid-1.json"));
        var failure = await Assert.ThrowsAsync<ImageFetchException>(() => FetchAsync(Server.Serve("/disk", content), Sha256(content)));
        Assert.Equal(ImageReasons.DownloadFailed, failure.Reason);
        Assert.Equal([".image-uid-1.json"], Pool.Entries);
    }

    [Fact]
    public async Task Verifies_sha512_and_still_names_the_copy_by_sha256()
    {
        var content = RandomNumberGenerator.GetBytes(1000);

        var copy = await FetchAsync(Server.Serve("/disk", content), "sha512:" + Convert.ToHexStringLower(SHA512.HashData(content)));

        Assert.EndsWith("image-sha256-" + Hex(content), copy.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha512:00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Keeps_nothing_of_content_that_differs_from_its_checksum(string checksum) =>
        await RefusedAsync(ImageReasons.ChecksumMismatch, Server.Serve("/disk", new byte[1000]), checksum);

    [Fact]
    public async Task Keeps_nothing_of_a_transfer_that_is_cut_half_way() =>
        await RefusedAsync(ImageReasons.DownloadIncomplete, Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Length: 100000");
            await stream.WriteAsync(new byte[50_000], cancellationToken);
        }));

    [Fact]
    public async Task Keeps_nothing_of_chunks_that_are_cut_half_way() =>
        await RefusedAsync(ImageReasons.DownloadIncomplete, Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Transfer-Encoding: chunked");
            await stream.WriteAsync(Encoding.ASCII.GetBytes("4\r\nabcd\r\n"), cancellationToken);
        }));

    [Fact]
    public async Task Takes_chunks_of_unknown_length()
    {
        var url = Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Transfer-Encoding: chunked");
            await stream.WriteAsync(Encoding.ASCII.GetBytes("4\r\nabcd\r\n0\r\n\r\n"), cancellationToken);
        });

        Assert.Equal(4, (await FetchAsync(url)).Size);
    }

    [Fact]
    public async Task Gives_up_on_a_server_that_falls_silent_in_the_middle()
    {
        var url = Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", "Content-Length: 100000");
            await stream.WriteAsync(new byte[50_000], cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });

        var fetch = RefusedAsync(ImageReasons.DownloadIncomplete, url);
        await Eventually.TrueAsync(() => Directory.GetFiles(Pool.Path, ".part-*") is [var part] && new FileInfo(part).Length == 50_000, Cancellation);
        Time.Advance(WebImages.Silence);
        await fetch;
    }

    [Fact]
    public async Task Waits_for_a_slow_server_as_long_as_it_is_not_silent()
    {
        var more = new SemaphoreSlim(0);
        var url = Server.On("/disk", async (stream, cancellationToken) =>
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
            await Eventually.TrueAsync(() => Directory.GetFiles(Pool.Path, ".part-*") is [var part] && new FileInfo(part).Length == came, Cancellation);
            Time.Advance(WebImages.Silence - TimeSpan.FromSeconds(1));
            more.Release();
        }

        Assert.Equal(5, (await fetch).Size);
    }

    [Fact]
    public async Task Gives_up_on_a_server_that_never_answers()
    {
        var url = Server.On("/disk", (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken));

        var fetch = RefusedAsync(ImageReasons.DownloadFailed, url);
        await Eventually.TrueAsync(() => !Server.Requests.IsEmpty, Cancellation);
        Time.Advance(WebImages.Silence);
        await fetch;
    }

    [Fact]
    public async Task Names_the_status_that_the_server_answered()
    {
        var failure = await RefusedAsync(ImageReasons.DownloadFailed, Server.Answer("/disk?token=secret", "404 Not Found"));

        Assert.Contains("404 Not Found", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("204 No Content")]
    [InlineData("206 Partial Content")]
    [InlineData("304 Not Modified")]
    [InlineData("500 Internal Server Error")]
    public async Task Takes_nothing_but_a_whole_answer(string status) =>
        await RefusedAsync(ImageReasons.DownloadFailed, Server.Answer("/disk", status));

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
            Server.Answer($"/{hop}", "302 Found", $"Location: /{hop + 1}");
        }

        Server.Serve("/5", [1, 2, 3]);

        Assert.Equal(3, (await FetchAsync(Server.Address + "/0")).Size);
        Assert.Equal(6, Server.Requests.Count);
    }

    [Fact]
    public async Task Follows_no_sixth_redirect()
    {
        var url = Server.Answer("/loop", "301 Moved Permanently", "Location: /loop");

        Assert.Contains("redirects", (await RefusedAsync(ImageReasons.DownloadFailed, url)).Message, StringComparison.Ordinal);
        Assert.Equal(6, Server.Requests.Count);
    }

    [Fact]
    public async Task Follows_no_redirect_to_a_file_of_the_host() =>
        await RefusedAsync(ImageReasons.SourceNotAllowed, Server.Answer("/disk", "302 Found", "Location: file:///etc/passwd"));

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
        await RefusedAsync(ImageReasons.TooLarge, Server.On("/disk", async (stream, cancellationToken) =>
        {
            await ScriptedServer.HeadAsync(stream, "200 OK", $"Content-Length: {1L << 40}");
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }));

    [Fact]
    public async Task Stops_at_the_size_limit_whatever_was_announced() =>
        await RefusedAsync(ImageReasons.TooLarge, Server.On("/disk", async (stream, cancellationToken) =>
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
        Options = Options with { RequireChecksums = true };

        await RefusedAsync(ConditionReasons.InvalidSpec, Server.Serve("/disk", [1]));
        Assert.Empty(Server.Requests);
    }
}

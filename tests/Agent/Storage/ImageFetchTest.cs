using System.Security.Cryptography;
using Berth.Api;
using Berth.NodeAgent.Images;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Fetches from a server of the test's into a pool of the test's.</summary>
public abstract class ImageFetchTest : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    internal TemporaryFolder Pool { get; } = new();

    internal ScriptedServer Server { get; } = new();

    internal WebImages Web { get; } = new(new AgentOptions { NodeName = "node-1", AllowedImageAddresses = "127.0.0.0/8" });

    internal ManualTime Time { get; } = new();

    internal AgentOptions Options { get; set; } = new() { NodeName = "node-1", MaxImageSize = 1 << 20 };

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Pool.Dispose();
        _gate.Dispose();
        GC.SuppressFinalize(this);
    }

    internal async Task<ImageFetchException> RefusedAsync(string reason, string url, string? checksum = null, string type = ImageTypes.Disk)
    {
        var failure = await Assert.ThrowsAsync<ImageFetchException>(() => FetchAsync(url, checksum, type));
        Assert.True(failure.Reason == reason, $"{failure.Reason}: {failure.Message}");
        Assert.Empty(Pool.Entries);
        return failure;
    }

    internal Task<ImageFile> FetchAsync(string url, string? checksum = null, string type = ImageTypes.Disk, string uid = "uid-1") =>
        new ImageFetcher(Web, Options, Time).FetchAsync(Request(url, checksum, type, uid), Pool.Path, _gate, Cancellation);

    internal static ImageRequest Request(string url, string? checksum = null, string type = ImageTypes.Disk, string uid = "uid-1") =>
        new("debian", uid, type, url, checksum);

    protected static string Hex(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    protected static string Sha256(byte[] content) => "sha256:" + Hex(content);
}

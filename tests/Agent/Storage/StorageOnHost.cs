using System.Diagnostics;
using Berth.Api;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.StoragePools;
using Berth.Testing.ApiServer;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>One agent's storage over a real libvirtd, in a pool folder of the test's own.</summary>
public abstract class StorageOnHost(PrivateHost libvirt) : IClassFixture<PrivateHost>, IAsyncLifetime
{
    private protected ScriptedServer Web { get; } = new();

    private protected FakeApiServer Server { get; private set; } = null!;

    private protected StorageAgent Agent { get; set; } = null!;

    /// <summary>The pool's folder.</summary>
    private protected string Pool { get; private set; } = "";

    private protected string PoolName { get; private set; } = "";

    private protected PrivateHost Libvirt { get; } = libvirt;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PoolName = "p" + Guid.NewGuid().ToString("N")[..6];
        Pool = Path.Combine(Libvirt.Folder, PoolName);
        Server = await StorageAgent.StartServerAsync();
        Agent = await StorageAgent.StartAsync(Server, Libvirt.Uri);
    }

    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        await Server.DisposeAsync();
        await Web.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<NodePoolStatus> AddPoolAsync() => Agent.AddPoolAsync(Pool, PoolName);

    private protected async Task<StorageVolume> MakeAsync(string name, Action<StorageVolumeSpec> spec)
    {
        Agent.AddVolume(name, spec);
        return await Agent.VolumeAsync(name, "Ready", StorageVolumeReasons.Available);
    }

    private protected string[] Entries() => [.. Directory.EnumerateFileSystemEntries(Pool).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    private protected static async Task<byte[]> QcowAsync(string size)
    {
        using var folder = new TemporaryFolder();
        await Qcow2HeaderTests.QemuImgAsync("create", "-q", "-f", "qcow2", folder.File("disk"), size);
        return await File.ReadAllBytesAsync(folder.File("disk"), Cancellation);
    }

    private protected static async Task<string> QemuInfoAsync(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("qemu-img", ["info", "--output=json", path]) { RedirectStandardOutput = true })!;
        return await process.StandardOutput.ReadToEndAsync(Cancellation);
    }

    private protected static long AllocatedBytes(string path)
    {
        using var file = Posix.OpenRead(path);
        return Posix.Describe(file).Allocated;
    }
}

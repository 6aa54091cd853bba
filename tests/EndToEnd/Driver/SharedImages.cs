namespace Berth.EndToEnd.Tests;

/// <summary>Images that many tests boot from, made once per run and fetched by the nodes when first used.</summary>
internal sealed class SharedImages : IAsyncDisposable
{
    private readonly KubernetesCli _kubectl;

    private SharedImages(KubernetesCli kubectl, string run)
    {
        _kubectl = kubectl;
        Idle = $"{run}-idle";
        PowersOff = $"{run}-powers-off";
        Kernel = $"{run}-kernel";
        Initrd = $"{run}-initrd";
        Disk = $"{run}-disk";
    }

    /// <summary>Image of the boot-sector guest that idles.</summary>
    public string Idle { get; }

    /// <summary>Image of the boot-sector guest that switches itself off.</summary>
    public string PowersOff { get; }

    public string Kernel { get; }

    public string Initrd { get; }

    /// <summary>Image of the Linux disk.</summary>
    public string Disk { get; }

    public static async Task<SharedImages> CreateAsync(Stack stack, CancellationToken cancellationToken)
    {
        var images = new SharedImages(stack.Kubectl, $"e2e-{Guid.NewGuid().ToString("n")[..6]}");
        var manifest = string.Join("---\n",
            Served(stack, images.Idle, "disk", Guests.Idle),
            Served(stack, images.PowersOff, "disk", Guests.PowersOff),
            Served(stack, images.Kernel, "kernel", stack.Guests.Kernel),
            Served(stack, images.Initrd, "initrd", stack.Guests.Initrd),
            Served(stack, images.Disk, "disk", stack.Guests.Disk));
        await stack.Kubectl.ApplyAsync(manifest, cancellationToken);
        return images;
    }

    public async ValueTask DisposeAsync() =>
        await _kubectl.RunAsync(CancellationToken.None, "delete", "image", Idle, PowersOff, Kernel, Initrd, Disk, "--ignore-not-found", "--wait=false");

    private static string Served(Stack stack, string name, string type, byte[] content) =>
        Manifests.Image(name, type, stack.ImageServer.Serve(name, content), Guests.Checksum(content));
}

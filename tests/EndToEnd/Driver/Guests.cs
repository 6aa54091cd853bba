using System.Security.Cryptography;

namespace Berth.EndToEnd.Tests;

/// <summary>What the stack's scripts have built for guests, and what boot-sector guests print.</summary>
internal sealed class Guests(string folder)
{
    /// <summary>What <see cref="Idle"/> prints before the number of its boots.</summary>
    public const string IdleText = "BERTH-IDLE";

    /// <summary>What <see cref="PowersOff"/> prints before the number of its boots.</summary>
    public const string PowersOffText = "BERTH-OFF";

    /// <summary>A boot-sector guest that idles.</summary>
    public static byte[] Idle { get; } = BootSector.Disk(IdleText);

    /// <summary>A boot-sector guest that switches itself off after a second.</summary>
    public static byte[] PowersOff { get; } = BootSector.Disk(PowersOffText, powersOffAfter: 1);

    public byte[] Kernel => Read("tiny-kernel");

    public byte[] Initrd => Read("tiny-initrd");

    /// <summary>A qcow2 disk that boots the same Linux by BIOS.</summary>
    public byte[] Disk => Read("tiny-disk.qcow2");

    public static string Checksum(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    private byte[] Read(string name)
    {
        var path = Path.Combine(folder, name);
        Assert.True(File.Exists(path), $"{path} is missing: `make up` builds the guests");
        return File.ReadAllBytes(path);
    }
}

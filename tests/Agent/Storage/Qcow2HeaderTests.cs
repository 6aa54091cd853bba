using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Berth.NodeAgent.Images;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class Qcow2HeaderTests
{
    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Reads_version_and_size_of_both_versions(uint version)
    {
        var header = Qcow2Header.Parse(Qcow2Files.Header(version, size: 5L << 30));

        Assert.Equal(((int)version, 5L << 30, null, false, false), (header.Version, header.VirtualSize, header.BackingFile, header.HasDataFile, header.IsEncrypted));
    }

    [Fact]
    public void Takes_no_extension_of_version_2_for_feature_bits() =>
        Assert.Equal(0ul, Qcow2Header.Parse(Qcow2Files.Header(version: 2, extensions: [(0xE2792ACA, "qcow2"u8.ToArray())])).UnknownFeatures);

    [Fact]
    public void Reads_the_name_of_the_backing_file() =>
        Assert.Equal("/pool/image", Qcow2Header.Parse(Qcow2Files.Header(backing: "/pool/image")).BackingFile);

    [Fact]
    public void Sees_a_data_file_by_the_feature_bit_and_by_the_extension()
    {
        Assert.True(Qcow2Header.Parse(Qcow2Files.Header(incompatible: 4)).HasDataFile);
        Assert.True(Qcow2Header.Parse(Qcow2Files.Header(extensions: [(0xE2792ACA, "raw"u8.ToArray()), (0x44415441, "/etc/shadow"u8.ToArray())])).HasDataFile);
    }

    [Fact]
    public void Sees_encryption_by_the_method_and_by_the_extension()
    {
        Assert.True(Qcow2Header.Parse(Qcow2Files.Header(encryption: 1)).IsEncrypted);
        Assert.True(Qcow2Header.Parse(Qcow2Files.Header(extensions: [(0x0537BE77, new byte[16])])).IsEncrypted);
    }

    [Fact]
    public void Names_corruption_and_unknown_features()
    {
        var header = Qcow2Header.Parse(Qcow2Files.Header(incompatible: 0b10_0010));

        Assert.True(header.IsCorrupt);
        Assert.Equal(0b10_0000ul, header.UnknownFeatures);
    }

    public static TheoryData<string, byte[]> HostileHeaders()
    {
        var farBacking = Qcow2Files.Header(backing: "x");
        BinaryPrimitives.WriteUInt64BigEndian(farBacking.AsSpan(8), ulong.MaxValue - 1);
        var longBacking = Qcow2Files.Header(backing: "x");
        BinaryPrimitives.WriteUInt32BigEndian(longBacking.AsSpan(16), uint.MaxValue);
        var longExtension = Qcow2Files.Header(extensions: [(1, new byte[8])]);
        BinaryPrimitives.WriteUInt32BigEndian(longExtension.AsSpan(108), uint.MaxValue);
        return new()
        {
            { "only the magic number", Qcow2Files.Header()[..4] },
            { "cut in version 2", Qcow2Files.Header(version: 2)[..71] },
            { "cut in version 3", Qcow2Files.Header()[..103] },
            { "version 1", Qcow2Files.Header(version: 1) },
            { "version 4", Qcow2Files.Header(version: 4) },
            { "clusters of 256 bytes", Qcow2Files.Header(clusterBits: 8) },
            { "clusters of 2^63 bytes", Qcow2Files.Header(clusterBits: 63) },
            { "no size", Qcow2Files.Header(size: 0) },
            { "a size above what a long holds", Qcow2Files.Header(size: ulong.MaxValue) },
            { "a short header", Qcow2Files.Header(headerLength: 96) },
            { "a header longer than its cluster", Qcow2Files.Header(headerLength: uint.MaxValue - 7) },
            { "an odd header length", Qcow2Files.Header(headerLength: 105) },
            { "a backing file far outside", farBacking },
            { "a backing file name without end", longBacking },
            { "an extension without end", longExtension },
        };
    }

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void Refuses_a_hostile_header(string what, byte[] content)
    {
        Assert.NotEmpty(what);
        Assert.Throws<InvalidDataException>(() => Qcow2Header.Parse(content));
    }

    [Fact]
    public void Never_fails_otherwise_whatever_the_bytes_are()
    {
        var random = new Random(7);
        var sound = Qcow2Files.Header(backing: "base", extensions: [(0xE2792ACA, "raw"u8.ToArray())]);
        for (var round = 0; round < 20_000; round++)
        {
            var content = sound[..random.Next(4, sound.Length)];
            for (var change = 0; change < 8; change++)
            {
                content[random.Next(4, Math.Max(5, Math.Min(content.Length, 200))) % content.Length] = (byte)random.Next(256);
            }

            try
            {
                Qcow2Header.Parse(content);
            }
            catch (InvalidDataException)
            {
                // Refused, as it may be.
            }
        }
    }

    [Fact]
    public async Task Agrees_with_qemu_img_on_real_files()
    {
        using var folder = new TemporaryFolder();
        await QemuImgAsync("create", "-q", "-f", "qcow2", folder.File("base"), "64M");
        await QemuImgAsync("create", "-q", "-f", "qcow2", "-b", folder.File("base"), "-F", "qcow2", folder.File("overlay"), "96M");
        await QemuImgAsync("create", "-q", "-f", "qcow2", "-o", $"data_file={folder.File("data")}", folder.File("split"), "32M");
        await QemuImgAsync("create", "-q", "-f", "qcow2", "-o", "compat=0.10", folder.File("old"), "16M");
        await QemuImgAsync("create", "-q", "-f", "qcow2", "-o", "cluster_size=2M,extended_l2=on,compression_type=zstd", folder.File("new"), "16M");

        Assert.Equal((64L << 20, null), Facts(folder.File("base")));
        Assert.Equal((96L << 20, folder.File("base")), Facts(folder.File("overlay")));
        Assert.True(Read(folder.File("split")).HasDataFile);
        Assert.Equal(2, Read(folder.File("old")).Version);
        Assert.Equal(0ul, Read(folder.File("new")).UnknownFeatures);

        static (long, string?) Facts(string path) => (Read(path).VirtualSize, Read(path).BackingFile);
        static Qcow2Header Read(string path) => Qcow2Header.Parse(File.ReadAllBytes(path).AsSpan(0, Qcow2Header.Prefix));
    }

    internal static async Task QemuImgAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("qemu-img", arguments) { RedirectStandardError = true })!;
        var errors = new StringBuilder(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, errors.ToString());
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Seeds;

namespace Berth.NodeAgent.Tests.Seeds;

public sealed class Iso9660Tests
{
    private const string Hostile = "#cloud-config\n# <>&\"' ünïcödé 漢字 \0 end without newline";

    [Theory]
    [InlineData(16, "CD001", 1)]
    [InlineData(17, "CD001", 2)]
    [InlineData(18, "CD001", 255)]
    public void The_descriptors_stand_where_readers_look(int sector, string mark, byte type)
    {
        var image = Seed("x", null);
        Assert.Equal(type, image[sector * 2048]);
        Assert.Equal(mark, Encoding.ASCII.GetString(image, (sector * 2048) + 1, 5));
    }

    [Fact]
    public void The_label_is_cidata_in_both_trees()
    {
        var image = Seed("x", null);
        Assert.Equal("cidata".PadRight(32), Encoding.ASCII.GetString(image, (16 * 2048) + 40, 32));
        Assert.Equal("cidata".PadRight(16), Encoding.BigEndianUnicode.GetString(image, (17 * 2048) + 40, 32));
    }

    [Fact]
    public void The_Joliet_tree_has_the_names_and_the_bytes_as_they_are()
    {
        var files = ReadJoliet(Seed(Hostile, "version: 2\n"));
        Assert.Equal(["meta-data", "network-config", "user-data"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Encoding.UTF8.GetBytes(Hostile), files["user-data"]);
        Assert.Equal("version: 2\n"u8.ToArray(), files["network-config"]);
        Assert.Equal("instance-id: \"11111111-0000-4000-8000-00000000000c\"\nlocal-hostname: \"vm\"\n", Encoding.UTF8.GetString(files["meta-data"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(262144)]
    public void Content_of_any_length_is_whole_and_the_image_ends_with_it(int length)
    {
        var text = new string('x', length);
        var image = Seed(text, null);
        Assert.Equal(length, ReadJoliet(image)["user-data"].Length);
        Assert.Equal(0, image.Length % 2048);
        Assert.Equal(image.Length / 2048, BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan((16 * 2048) + 80)));
    }

    [Fact]
    public void Equal_content_gives_an_equal_digest_and_another_content_another()
    {
        Assert.Equal(Digest("a", "n"), Digest("a", "n"));
        Assert.NotEqual(Digest("a", "n"), Digest("b", "n"));
        Assert.NotEqual(Digest("a", "n"), Digest("a", null));
    }

    [Fact]
    public void The_digest_of_a_seed_from_a_secret_tells_the_reference_and_nothing_of_the_content()
    {
        var machine = Machine(new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "s" } });
        Assert.NotEqual(CloudInitSeed.ImageOf(machine, "a"u8.ToArray()), CloudInitSeed.ImageOf(machine, "b"u8.ToArray()));
        Assert.Equal(CloudInitSeed.DigestOf(machine), CloudInitSeed.DigestOf(Machine(new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "s", Key = "userData" } })));
        Assert.NotEqual(CloudInitSeed.DigestOf(machine), CloudInitSeed.DigestOf(Machine(new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "t" } })));
        Assert.NotEqual(CloudInitSeed.DigestOf(machine), CloudInitSeed.DigestOf(Machine(new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "s", Key = "k" } })));
        Assert.NotEqual(CloudInitSeed.DigestOf(machine), CloudInitSeed.DigestOf(Machine(new CloudInit { UserData = "s/userData" })));
        Assert.Throws<ArgumentNullException>(() => CloudInitSeed.ImageOf(machine, null));
    }

    [Fact]
    public void Bytes_from_a_secret_stay_as_they_are()
    {
        byte[] bytes = [0x1f, 0x8b, 0, 0xff, 0xfe, 10];
        Assert.Equal(bytes, ReadJoliet(CloudInitSeed.ImageOf(Machine(new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "s" } }), bytes)!)["user-data"]);
    }

    [Fact]
    public void A_VM_without_cloudInit_has_no_seed() => Assert.Null(CloudInitSeed.ImageOf(new VirtualMachine(), null) ?? (object?)CloudInitSeed.DigestOf(new VirtualMachine()));

    [Fact]
    public async Task Another_reader_of_ISO_9660_reads_the_same()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/isoinfo"), "isoinfo is not installed");
        var path = Path.Combine(Path.GetTempPath(), $"berth-seed-{Guid.NewGuid():N}.iso");
        try
        {
            await File.WriteAllBytesAsync(path, Seed(Hostile, null), TestContext.Current.CancellationToken);
            Assert.Contains("Volume id: cidata", await IsoinfoAsync("-d", "-i", path), StringComparison.Ordinal);
            Assert.Equal(Hostile, await IsoinfoAsync("-i", path, "-J", "-x", "/user-data"));
            Assert.Equal(Hostile, await IsoinfoAsync("-i", path, "-x", "/USER_DAT.;1"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<string> IsoinfoAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/isoinfo", arguments) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;
        return await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static byte[] Seed(string userData, string? networkData) => CloudInitSeed.ImageOf(Machine(new CloudInit { UserData = userData, NetworkData = networkData }), null)!;

    private static string Digest(string userData, string? networkData) => CloudInitSeed.DigestOf(Machine(new CloudInit { UserData = userData, NetworkData = networkData }))!;

    private static VirtualMachine Machine(CloudInit cloudInit) => new()
    {
        Metadata = new V1ObjectMeta { Name = "vm", Uid = "11111111-0000-4000-8000-00000000000c" },
        Spec = new VirtualMachineSpec { CloudInit = cloudInit },
    };

    private static Dictionary<string, byte[]> ReadJoliet(byte[] image)
    {
        var root = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan((17 * 2048) + 156 + 2)) * 2048;
        var files = new Dictionary<string, byte[]>();
        for (var offset = root; image[offset] != 0; offset += image[offset])
        {
            var name = image.AsSpan(offset + 33, image[offset + 32]);
            if (name.Length > 1)
            {
                var extent = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(offset + 2)) * 2048;
                files[Encoding.BigEndianUnicode.GetString(name)] = image.AsSpan(extent, BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(offset + 10))).ToArray();
            }
        }

        return files;
    }
}

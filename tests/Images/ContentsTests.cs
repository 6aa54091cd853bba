using System.Formats.Tar;
using System.Security.Cryptography.X509Certificates;

namespace Berth.Images.Tests;

/// <summary>What is in the images, and what is not.</summary>
public sealed class ContentsTests(BuiltImages images)
{
    private const UnixFileMode AnybodyMayWrite = UnixFileMode.OtherWrite;

    public static TheoryData<string> All => [.. BuiltImages.Names];

    [Theory]
    [InlineData("operator", 30_000_000)]
    [InlineData("agent", 55_000_000)]
    [InlineData("pause", 2_000)]
    public void What_a_node_pulls_stays_within_its_goal(string name, long most)
    {
        long[] sizes = [(long)images[name].Manifest["config"]!["size"]!, .. images[name].Manifest["layers"]!.AsArray().Select(layer => (long)layer!["size"]!)];

        Assert.InRange(sizes.Sum(), 1, most);
        Assert.Matches($@"(?m)^{name} +\d+\.\d MB compressed  {images[name].Descriptor["digest"]}  ", images.Output);
    }

    [Theory]
    [InlineData("operator", "/berth-operator", "65532:65532")]
    [InlineData("agent", "/berth-agent", "0:0")]
    [InlineData("pause", "/pause", "65535:65535")]
    public void The_last_layer_is_the_program_alone_and_the_image_runs_it_as_its_user(string name, string program, string user)
    {
        var image = images[name];
        var entry = Assert.Single(image.Layers[^1]);

        Assert.Equal((program[1..], TarEntryType.RegularFile, "755"), (entry.Name, entry.EntryType, Convert.ToString((int)entry.Mode, 8)));
        Assert.Equal([program], image.Settings["Entrypoint"]!.AsArray().Select(word => (string)word!));
        Assert.Equal((user, "/"), ((string?)image.Settings["User"], (string?)image.Settings["WorkingDir"]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Nothing_gives_rights_and_nothing_tells_when_or_by_whom_it_was_made(string name)
    {
        var entries = images[name].Layers.SelectMany(layer => layer).ToList();

        Assert.All(entries, entry => Assert.Equal((0, 0, DateTimeOffset.UnixEpoch), (entry.Uid, entry.Gid, entry.ModificationTime)));
        Assert.DoesNotContain(entries, entry => (entry.Mode & (UnixFileMode.SetUser | UnixFileMode.SetGroup)) != 0);
        Assert.DoesNotContain(entries, entry => entry.EntryType == TarEntryType.RegularFile && (entry.Mode & AnybodyMayWrite) != 0);
        Assert.Equal(entries.Count > 1 ? ["tmp", "var/tmp"] : [], entries.Where(entry => entry.EntryType == TarEntryType.Directory && (entry.Mode & AnybodyMayWrite) != 0).Select(entry => entry.Name.TrimEnd('/')));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void There_is_no_program_but_its_own_no_shell_no_package_manager_and_no_manual(string name)
    {
        string[] programs = ["sh", "bash", "dash", "busybox", "perl", "python3", "apt", "apt-get", "dpkg", "su", "sudo", "mount"];
        var files = images[name].Layers.SelectMany(layer => layer).Where(entry => entry.EntryType != TarEntryType.Directory).Select(entry => entry.Name).ToList();
        var executables = images[name].Layers.SkipLast(1).SelectMany(layer => layer).Where(entry => entry.EntryType == TarEntryType.RegularFile && (entry.Mode & UnixFileMode.UserExecute) != 0);

        Assert.All(executables, file => Assert.Matches(@"^usr/lib/x86_64-linux-gnu/\S+\.so(\.[\d.]+)?$", file.Name));
        Assert.DoesNotContain(files, file => programs.Contains(Path.GetFileName(file)));
        Assert.DoesNotContain(files, file => file.StartsWith("usr/bin/", StringComparison.Ordinal) || file.StartsWith("usr/sbin/", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => file.StartsWith("usr/share/man", StringComparison.Ordinal) || file.StartsWith("usr/share/locale", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("agent")]
    public void Each_Debian_package_has_its_copyright_file_and_its_entry_for_scanners(string name)
    {
        var root = images[name].Root;
        var packages = Directory.GetFiles(Path.Combine(root, "var/lib/dpkg/status.d")).Select(Path.GetFileName).ToList();

        Assert.Contains("libc6", packages);
        // Some documents are a link to the folder of a package that comes from the same source.
        Assert.All(packages, package => Assert.True(
            File.Exists(Path.Combine(root, $"usr/share/doc/{package}/copyright")), $"{package} has no copyright file"));
        Assert.Contains("ID=debian", File.ReadAllLines(Path.Combine(root, "etc/os-release")));
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("agent")]
    public void The_certificate_authorities_of_Debian_are_where_the_program_is_told_to_look(string name)
    {
        var variable = Assert.Single(images[name].Settings["Env"]!.AsArray(), setting => ((string)setting!).StartsWith("SSL_CERT_FILE=", StringComparison.Ordinal));
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(images[name].Root + ((string)variable!)["SSL_CERT_FILE=".Length..]);

        Assert.InRange(certificates.Count, 100, 1000);
    }

    [Fact]
    public async Task A_package_list_that_lacks_a_library_makes_no_root()
    {
        using var folder = new TestFolder();
        var list = folder.File("list", string.Join('\n', File.ReadLines(Checkout.PathOf("images/base.packages")).Where(line => line != "libgcc-s1")));

        var run = await ProcessRun.OfAsync(Checkout.PathOf("images/root.sh"), [folder.Combine("root"), list], TestContext.Current.CancellationToken);

        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"libstdc\+\+\.so\.6\S*: error while loading shared libraries: libgcc_s\.so\.1: cannot open", run.Error);
    }

    [Fact]
    public async Task A_root_is_unpacked_into_an_empty_folder_only()
    {
        using var folder = new TestFolder();
        folder.File("root/kept", "");

        var run = await ProcessRun.OfAsync(Checkout.PathOf("images/root.sh"), [folder.Combine("root"), Checkout.PathOf("images/base.packages")], TestContext.Current.CancellationToken);

        Assert.Equal((1, $"error: {folder.Combine("root")} is not empty\n"), (run.ExitCode, run.Error));
    }
}

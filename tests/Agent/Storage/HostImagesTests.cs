using System.Diagnostics;
using Berth.Api;
using Berth.NodeAgent.Images;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class HostImagesTests : IDisposable
{
    private readonly TemporaryFolder _outside = new();
    private readonly TemporaryFolder _images = new();

    public void Dispose()
    {
        _images.Dispose();
        _outside.Dispose();
    }

    [Fact]
    public async Task Opens_a_regular_file_below_the_folder()
    {
        Directory.CreateDirectory(_images.File("debian"));
        var path = _images.Write("debian/disk", [1, 2, 3]);

        await using var content = new HostImages(_images.Path).Open(path);

        Assert.Equal(3, content.Length);
        Assert.Equal(1, content.Stream.ReadByte());
    }

    [Fact]
    public async Task Follows_links_that_stay_below_the_folder()
    {
        _images.Write("disk-1", [1]);
        File.CreateSymbolicLink(_images.File("disk"), "disk-1");

        await using var content = new HostImages(_images.Path).Open(_images.File("disk"));

        Assert.Equal(1, content.Length);
    }

    [Fact]
    public async Task The_folder_itself_may_be_a_link()
    {
        _images.Write("disk", [1]);
        Directory.CreateSymbolicLink(_outside.File("images"), _images.Path);

        await using var content = new HostImages(_outside.File("images")).Open(_outside.File("images/disk"));

        Assert.Equal(1, content.Length);
    }

    [Fact]
    public void Refuses_every_way_out_of_the_folder()
    {
        var secret = _outside.Write("secret", [1]);
        File.CreateSymbolicLink(_images.File("link"), secret);
        Directory.CreateSymbolicLink(_images.File("folder"), _outside.Path);
        Directory.CreateDirectory(_images.Path + "-not");

        try
        {
            foreach (var path in new[]
            {
                secret, _images.File("link"), _images.File("folder/secret"), _images.Path + "/../" + Path.GetFileName(_outside.Path) + "/secret",
                _images.Path + "-not/disk", _images.Path, "/etc/shadow",
            })
            {
                Refused(ImageReasons.SourceNotAllowed, path);
            }
        }
        finally
        {
            Directory.Delete(_images.Path + "-not");
        }
    }

    [Fact]
    public void Does_not_tell_whether_files_elsewhere_exist() =>
        Assert.Equal(
            Refused(ImageReasons.SourceNotAllowed, "/etc/passwd").Replace("passwd", "X", StringComparison.Ordinal),
            Refused(ImageReasons.SourceNotAllowed, "/etc/does-not-exist").Replace("does-not-exist", "X", StringComparison.Ordinal));

    [Fact]
    public void Refuses_folders_and_pipes_without_waiting_for_a_writer()
    {
        Directory.CreateDirectory(_images.File("sub"));
        using var process = Process.Start("mkfifo", [_images.File("pipe")])!;
        process.WaitForExit();

        Refused(ImageReasons.SourceNotAllowed, _images.File("sub"));
        Refused(ImageReasons.SourceNotAllowed, _images.File("pipe"));
    }

    [Fact]
    public void Says_that_a_file_is_missing() => Refused(ImageReasons.DownloadFailed, _images.File("missing"));

    [Fact]
    public void Refuses_all_files_without_an_image_directory() =>
        Assert.Equal(ImageReasons.SourceNotAllowed, Assert.Throws<ImageFetchException>(() => new HostImages(null).Open("/etc/passwd")).Reason);

    private string Refused(string reason, string path)
    {
        var failure = Assert.Throws<ImageFetchException>(() => new HostImages(_images.Path).Open(path));
        Assert.Equal(reason, failure.Reason);
        return failure.Message;
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Berth.EndToEnd.Tests;

/// <summary>Images that would read the node's files, reach its network or harm it: each ends with its reason, and nothing of it is left in the pools.</summary>
public sealed class HostileImageTests(Stack stack) : EndToEndTest(stack)
{
    private const string PoolFolder = "/var/lib/berth/pools/default";
    private const string ImageDirectory = "/var/lib/berth/local-images";
    private const int DataFile = 0x44415441;

    private readonly Dictionary<string, (string Url, string Reason)> _images = [];
    private readonly List<byte[]> _contents = [];

    [Fact]
    public async Task Hostile_images_stall_with_their_reason_and_leave_nothing()
    {
        var names = new List<string>();
        var link = Path.Combine(Stack.Folder, "local-images", $"{Namespace}-link");
        File.CreateSymbolicLink(link, "/etc/shadow");
        try
        {
            Collect(Path.GetFileName(link));
            await ApplyAsync(string.Join("---\n", _images.Select(image => Manifests.Image(image.Key, "disk", image.Value.Url, null, "[default]"))));
            foreach (var (image, (_, reason)) in _images)
            {
                var stalled = await StallsAsync(image, reason);
                names.Add($".image-{stalled.Uid}.json");
            }

            names.AddRange(_contents.Select(content => $"image-{Guests.Checksum(content).Replace(':', '-')}"));

            // A transfer that is tried again may be under way for a moment.
            await Eventually.SeesAsync(
                "the pools to hold nothing of the images",
                _ => Task.FromResult(Stack.Nodes.SelectMany(node => node.Files(PoolFolder)).Where(file => names.Contains(file) || file.StartsWith(".part-", StringComparison.Ordinal)).ToArray()),
                left => left.Length == 0, Eventually.Soon, Cancellation, left => string.Join('\n', left));
        }
        finally
        {
            File.Delete(link);
        }
    }

    private void Collect(string link)
    {
        Add("outside", "file:///etc/shadow", "SourceNotAllowed");
        Add("link", $"file://{ImageDirectory}/{link}", "SourceNotAllowed");
        Add("loopback", "http://127.0.0.1:1/x", "SourceNotAllowed");
        Add("decimal", "http://2130706433:1/x", "SourceNotAllowed");
        Redirect("to-loopback", "http://127.0.0.1:9443/metrics", "SourceNotAllowed");
        Redirect("to-link-local", "http://169.254.169.254/latest/meta-data/", "SourceNotAllowed");
        Redirect("to-mapped", "http://[::ffff:169.254.169.254]/", "SourceNotAllowed");
        Redirect("to-file", "file:///etc/shadow", "SourceNotAllowed");
        Serve("backing", Qcow2(backing: "/etc/shadow"), "InvalidContent");
        Serve("backing-json", Qcow2(backing: """json:{"driver":"file","filename":"/etc/shadow"}"""), "InvalidContent");
        Serve("data-file", Qcow2(dataFile: "/etc/shadow"), "InvalidContent");
        Serve("sparse-bomb", Qcow2(size: 1L << 60), "InvalidContent");
        Serve("packed", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "InvalidContent");
        Serve("vmdk", Encoding.ASCII.GetBytes("# Disk DescriptorFile\nRW 2048 FLAT \"/etc/shadow\" 0\n"), "InvalidContent");
        Answer("partial", "206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 0-2/3", "DownloadFailed");
        Answer("too-large", $"200 OK\r\nContent-Length: {(1L << 50).ToString(CultureInfo.InvariantCulture)}", "TooLarge");
    }

    private void Add(string name, string url, string reason) => _images[ClusterScoped("image", name)] = (url, reason);

    private void Serve(string name, byte[] content, string reason)
    {
        var full = ClusterScoped("image", name);
        _images[full] = (Stack.ImageServer.Serve(full, content), reason);
        _contents.Add(content);
    }

    private void Redirect(string name, string location, string reason) => Answer(name, $"302 Found\r\nLocation: {location}\r\nContent-Length: 0", reason);

    private void Answer(string name, string head, string reason)
    {
        var full = ClusterScoped("image", name);
        _images[full] = (Stack.ImageServer.Answer(full, head), reason);
    }

    private Task<KubernetesJson> StallsAsync(string image, string reason) => Eventually.SeesAsync(
        $"image {image} to stall with {reason}",
        token => Kubectl.GetAsync("image", image, null, token), item => item.Reason("Stalled") == reason, Eventually.Soon, Cancellation);

    private static byte[] Qcow2(string? backing = null, string? dataFile = null, long size = 1 << 20)
    {
        var content = new byte[4096];
        BinaryPrimitives.WriteUInt32BigEndian(content, 0x514649FB);
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(4), 3);
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(20), 16);
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(24), size);
        BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(72), dataFile is null ? 0UL : 4);
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(100), 104);
        if (dataFile is not null)
        {
            BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(104), DataFile);
            BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(108), dataFile.Length);
            Encoding.ASCII.GetBytes(dataFile, content.AsSpan(112));
        }

        if (backing is not null)
        {
            BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(8), 2048);
            BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(16), backing.Length);
            Encoding.ASCII.GetBytes(backing, content.AsSpan(2048));
        }

        return content;
    }
}

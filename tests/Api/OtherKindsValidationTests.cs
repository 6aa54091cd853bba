using System.Text.Json;
using Berth.Kubernetes;

namespace Berth.Api.Tests;

public sealed class OtherKindsValidationTests
{
    private static readonly Wrong<StoragePool> Pools = new Wrong<StoragePool>(Samples.Pool, StoragePoolValidation.Check)
        .Invalid("no name", "metadata.name", pool => pool.Metadata.Name = "")
        .Invalid("no spec", "spec", pool => pool.Spec = null!)
        .NotSupported("NFS", "spec.type", pool => pool.Spec.Type = "netfs")
        .NotSupported("logical volumes", "spec.type", pool => pool.Spec.Type = "logical")
        .Invalid("unknown type", "spec.type", pool => pool.Spec.Type = "zip")
        .Invalid("no target", "spec.target.path", pool => pool.Spec.Target = null)
        .Invalid("no path", "spec.target.path", pool => pool.Spec.Target!.Path = null)
        .Invalid("relative path", "spec.target.path", pool => pool.Spec.Target!.Path = "pools/default")
        .Invalid("root", "spec.target.path", pool => pool.Spec.Target!.Path = "/")
        .Invalid("path with ..", "spec.target.path", pool => pool.Spec.Target!.Path = "/srv/../etc")
        .Invalid("path with .", "spec.target.path", pool => pool.Spec.Target!.Path = "/srv/./a")
        .Invalid("path with //", "spec.target.path", pool => pool.Spec.Target!.Path = "/srv//a")
        .Invalid("path with a slash at the end", "spec.target.path", pool => pool.Spec.Target!.Path = "/srv/a/")
        .Invalid("path with a line break", "spec.target.path", pool => pool.Spec.Target!.Path = "/srv/a\nb")
        .Invalid("path with NUL", "spec.target.path", pool => pool.Spec.Target!.Path = "/srv/a\0")
        .Invalid("/etc", "spec.target.path", pool => pool.Spec.Target!.Path = "/etc")
        .Invalid("below /proc", "spec.target.path", pool => pool.Spec.Target!.Path = "/proc/1/root")
        .Invalid("below /dev", "spec.target.path", pool => pool.Spec.Target!.Path = "/dev/shm")
        .Invalid("below /usr", "spec.target.path", pool => pool.Spec.Target!.Path = "/usr/local/pool")
        .Invalid("the agent's own folder", "spec.target.path", pool => pool.Spec.Target!.Path = "/var/lib/berth")
        .Invalid("the kubelet's folder", "spec.target.path", pool => pool.Spec.Target!.Path = "/var/lib/kubelet/x")
        .NotSupported("source", "spec.source", pool => pool.Spec.Source = JsonDocument.Parse("""{"host":"nas"}""").RootElement)
        .NotSupported("shared", "spec.shared", pool => pool.Spec.Shared = true)
        .Invalid("unknown reclaim policy", "spec.reclaimPolicy", pool => pool.Spec.ReclaimPolicy = "Recycle")
        .Invalid("label that is none", "spec.nodeSelector", pool => pool.Spec.NodeSelector!["/x"] = "")
        .Invalid("selector missing", "spec.allowedNamespaces.selector", pool => pool.Spec.AllowedNamespaces!.Selector = null)
        .Invalid("selector that nobody reads", "spec.allowedNamespaces.selector", pool => pool.Spec.AllowedNamespaces!.From = "All")
        .Invalid("label in the selector", "spec.allowedNamespaces.selector.matchLabels", pool => pool.Spec.AllowedNamespaces!.Selector!.MatchLabels!["a b"] = "c")
        .Invalid("requirement without values", "spec.allowedNamespaces.selector.matchExpressions[0].values", pool => pool.Spec.AllowedNamespaces!.Selector!.MatchExpressions = [new() { Key = "a", OperatorProperty = "In" }])
        .Invalid("requirement with a node's operator", "spec.allowedNamespaces.selector.matchExpressions[0].operator", pool => pool.Spec.AllowedNamespaces!.Selector!.MatchExpressions = [new() { Key = "a", OperatorProperty = "Gt", Values = ["1"] }]);

    private static readonly Wrong<StorageVolume> Volumes = new Wrong<StorageVolume>(Samples.Volume, StorageVolumeValidation.Check)
        .Invalid("no name", "metadata.name", volume => volume.Metadata.Name = null)
        .Invalid("name too long for a file", "metadata.name", volume => (volume.Metadata.Name, volume.Metadata.NamespaceProperty) = (new string('a', 183), new string('n', 63)))
        .Invalid("no spec", "spec", volume => volume.Spec = null!)
        .Invalid("pool that cannot be a name", "spec.pool", volume => volume.Spec.Pool = "/dev/sda")
        .Invalid("no size and no image", "spec.size", volume => (volume.Spec.Size, volume.Spec.Source) = (null, null))
        .Invalid("no size and an empty source", "spec.size", volume => (volume.Spec.Size, volume.Spec.Source) = (null, new()))
        .Invalid("size of 0", "spec.size", volume => volume.Spec.Size = default(Quantity))
        .Invalid("negative size", "spec.size", volume => volume.Spec.Size = Quantity.Parse("-1"))
        .Invalid("size of an exbibyte", "spec.size", volume => volume.Spec.Size = Quantity.Parse("1Ei"))
        .Invalid("unknown format", "spec.format", volume => volume.Spec.Format = "vmdk")
        .Invalid("unknown allocation", "spec.allocation", volume => volume.Spec.Allocation = "sparse")
        .Invalid("image that cannot be a name", "spec.source.image", volume => volume.Spec.Source!.Image = "debian_13")
        .NotSupported("copy of a volume", "spec.source.volume", volume => volume.Spec.Source = new() { Volume = "other" })
        .NotSupported("volume from a snapshot", "spec.source.snapshot", volume => volume.Spec.Source = new() { Snapshot = "monday" })
        .NotSupported("volume from a URL", "spec.source.url", volume => volume.Spec.Source = new() { Url = "https://a" })
        .NotSupported("raw from an image", "spec.format", volume => volume.Spec.Format = "raw")
        .NotSupported("all of an image's space at once", "spec.allocation", volume => volume.Spec.Allocation = "full");

    private static readonly Wrong<Image> Images = new Wrong<Image>(Samples.Image, ImageValidation.Check)
        .Invalid("no spec", "spec", image => image.Spec = null!)
        .Invalid("no source", "spec.source.url", image => image.Spec.Source = null!)
        .Invalid("no URL", "spec.source.url", image => image.Spec.Source.Url = "")
        .Invalid("unknown scheme", "spec.source.url", image => image.Spec.Source.Url = "ftp://a/b")
        .Invalid("a path", "spec.source.url", image => image.Spec.Source.Url = "/a")
        .Invalid("scheme alone", "spec.source.url", image => image.Spec.Source.Url = "https://")
        .Invalid("URL with a blank", "spec.source.url", image => image.Spec.Source.Url = "https://a/b c")
        .Invalid("URL with a line break", "spec.source.url", image => image.Spec.Source.Url = "https://a/b\r\nHost: c")
        .Invalid("URL with a password", "spec.source.url", image => image.Spec.Source.Url = "https://me:secret@a/b")
        .Invalid("endless URL", "spec.source.url", image => image.Spec.Source.Url = "https://a/" + new string('b', 2048))
        .Invalid("port that is none", "spec.source.url", image => image.Spec.Source.Url = "https://a:99999/b")
        .Invalid("file on another host", "spec.source.url", image => image.Spec.Source.Url = "file://nas/a")
        .Invalid("file with ..", "spec.source.url", image => image.Spec.Source.Url = "file:///images/../etc/shadow")
        .Invalid("file with hidden ..", "spec.source.url", image => image.Spec.Source.Url = "file:///images/%2e%2e/etc/shadow")
        .Invalid("file with hidden slashes", "spec.source.url", image => image.Spec.Source.Url = "file:///images/..%2fetc%2fshadow")
        .Invalid("no file", "spec.source.url", image => image.Spec.Source.Url = "file:///")
        .Invalid("short checksum", "spec.source.checksum", image => image.Spec.Source.Checksum = "sha256:abc")
        .Invalid("checksum in capitals", "spec.source.checksum", image => image.Spec.Source.Checksum = "sha256:" + new string('A', 64))
        .Invalid("weak checksum", "spec.source.checksum", image => image.Spec.Source.Checksum = "md5:" + new string('a', 32))
        .Invalid("sha512 of sha256's length", "spec.source.checksum", image => image.Spec.Source.Checksum = "sha512:" + new string('a', 64))
        .Invalid("unknown type", "spec.type", image => image.Spec.Type = "floppy")
        .Invalid("pool twice", "spec.pools[1]", image => image.Spec.Pools![1] = "default")
        .Invalid("pool that is null", "spec.pools[0]", image => image.Spec.Pools![0] = null!);

    private static readonly Wrong<VirtualNetwork> Networks = new Wrong<VirtualNetwork>(Samples.Network, VirtualNetworkValidation.Check)
        .Invalid("no spec", "spec", network => network.Spec = null!)
        .NotSupported("route", "spec.mode", network => network.Spec.Mode = "route")
        .NotSupported("bridge", "spec.mode", network => network.Spec.Mode = "bridge")
        .Invalid("unknown mode", "spec.mode", network => network.Spec.Mode = "NAT")
        .Invalid("no subnet", "spec.subnet", network => network.Spec.Subnet = null)
        .Invalid("subnet without prefix", "spec.subnet", network => network.Spec.Subnet = "192.168.150.0")
        .Invalid("address of a host", "spec.subnet", network => network.Spec.Subnet = "192.168.150.1/24")
        .Invalid("number above 255", "spec.subnet", network => network.Spec.Subnet = "192.168.256.0/24")
        .Invalid("octal number", "spec.subnet", network => network.Spec.Subnet = "192.168.050.0/24")
        .Invalid("prefix too long", "spec.subnet", network => network.Spec.Subnet = "192.168.150.0/31")
        .Invalid("prefix too short", "spec.subnet", network => network.Spec.Subnet = "128.0.0.0/1")
        .Invalid("prefix with a zero", "spec.subnet", network => network.Spec.Subnet = "10.0.0.0/08")
        .Invalid("huge prefix", "spec.subnet", network => network.Spec.Subnet = "10.0.0.0/99")
        .Invalid("IPv6", "spec.subnet", network => network.Spec.Subnet = "fd00::/64")
        .Invalid("loopback", "spec.subnet", network => network.Spec.Subnet = "127.0.0.0/8")
        .Invalid("link-local", "spec.subnet", network => network.Spec.Subnet = "169.254.0.0/16")
        .Invalid("multicast", "spec.subnet", network => network.Spec.Subnet = "224.0.0.0/24")
        .Invalid("start that is no address", "spec.dhcp.start", network => network.Spec.Dhcp!.Start = "192.168.150")
        .Invalid("start missing", "spec.dhcp.start", network => network.Spec.Dhcp!.Start = null!)
        .Invalid("start outside", "spec.dhcp.start", network => network.Spec.Dhcp!.Start = "192.168.149.10")
        .Invalid("start at the subnet's address", "spec.dhcp.start", network => network.Spec.Dhcp!.Start = "192.168.150.0")
        .Invalid("start at the node's address", "spec.dhcp.start", network => network.Spec.Dhcp!.Start = "192.168.150.1")
        .Invalid("end at the broadcast address", "spec.dhcp.end", network => network.Spec.Dhcp!.End = "192.168.150.255")
        .Invalid("end before start", "spec.dhcp.end", network => (network.Spec.Dhcp!.Start, network.Spec.Dhcp.End) = ("192.168.150.20", "192.168.150.10"))
        .Invalid("more than libvirt gives out", "spec.dhcp", network => (network.Spec.Subnet, network.Spec.Dhcp) = ("10.0.0.0/8", new() { Start = "10.0.0.2", End = "10.200.0.1" }))
        .Invalid("bridge with a long name", "spec.bridge", network => network.Spec.Bridge = new string('b', 16))
        .Invalid("bridge with a slash", "spec.bridge", network => network.Spec.Bridge = "a/b")
        .Invalid("bridge on loopback", "spec.bridge", network => network.Spec.Bridge = "lo")
        .Invalid("label value that is none", "spec.nodeSelector[a]", network => network.Spec.NodeSelector = new Dictionary<string, string> { ["a"] = "-" })
        .Invalid("unknown allowance", "spec.allowedNamespaces.from", network => network.Spec.AllowedNamespaces!.From = "Some");

    private static readonly Wrong<Hypervisor> Hypervisors = new Wrong<Hypervisor>(Samples.Hypervisor, HypervisorValidation.Check)
        .Invalid("no name", "metadata.name", hypervisor => hypervisor.Metadata.Name = null)
        .Invalid("name too long for the Lease", "metadata.name", hypervisor => hypervisor.Metadata.Name = string.Join('.', Enumerable.Repeat(new string('a', 60), 4)))
        .Invalid("empty fence", "spec.fenced", hypervisor => hypervisor.Spec.Fenced = "")
        .Invalid("a fence that is no boot id", "spec.fenced", hypervisor => hypervisor.Spec.Fenced = "7f6d")
        .Invalid("an orphan that is no UUID", "spec.removeOrphans[1]", hypervisor => hypervisor.Spec.RemoveOrphans = ["3f1d2a4e-0b6c-4c58-9d55-2f6f0a1b7c11", "ns.vm"]);

    public static TheoryData<string> PoolNames => Pools.Names;

    public static TheoryData<string> VolumeNames => Volumes.Names;

    public static TheoryData<string> ImageNames => Images.Names;

    public static TheoryData<string> NetworkNames => Networks.Names;

    public static TheoryData<string> HypervisorNames => Hypervisors.Names;

    [Theory]
    [MemberData(nameof(PoolNames))]
    public void Finds_the_one_thing_that_is_wrong_with_a_pool(string name) => Pools.AssertFound(name);

    [Theory]
    [MemberData(nameof(VolumeNames))]
    public void Finds_the_one_thing_that_is_wrong_with_a_volume(string name) => Volumes.AssertFound(name);

    [Theory]
    [MemberData(nameof(ImageNames))]
    public void Finds_the_one_thing_that_is_wrong_with_an_image(string name) => Images.AssertFound(name);

    [Theory]
    [MemberData(nameof(NetworkNames))]
    public void Finds_the_one_thing_that_is_wrong_with_a_network(string name) => Networks.AssertFound(name);

    [Theory]
    [MemberData(nameof(HypervisorNames))]
    public void Finds_the_one_thing_that_is_wrong_with_a_hypervisor(string name) => Hypervisors.AssertFound(name);

    [Fact]
    public void A_volume_with_two_sources_is_told_so_besides_what_is_not_supported()
    {
        var volume = Samples.Volume();
        volume.Spec.Source!.Url = "https://a";

        var fields = StorageVolumeValidation.Check(volume).Select(finding => (finding.Field, finding.Reason));

        Assert.Equal([("spec.source", "InvalidSpec"), ("spec.source.url", "NotSupported")], fields);
    }

    [Theory]
    [InlineData("raw", "full")]
    [InlineData("raw", "thin")]
    [InlineData("qcow2", "full")]
    public void A_blank_volume_may_have_any_format_and_allocation(string format, string allocation)
    {
        var volume = Samples.Volume();
        (volume.Spec.Format, volume.Spec.Allocation, volume.Spec.Source) = (format, allocation, null);

        Assert.Empty(StorageVolumeValidation.Check(volume));
    }

    [Theory]
    [InlineData("file:///srv/images/debian.qcow2")]
    [InlineData("http://192.0.2.1:8080/kernel")]
    [InlineData("https://[2001:db8::1]/x")]
    public void Images_come_by_https_http_and_file(string url)
    {
        var image = Samples.Image();
        image.Spec.Source.Url = url;

        Assert.Empty(ImageValidation.Check(image));
    }

    [Fact]
    public void A_password_in_a_URL_is_not_repeated()
    {
        var image = Samples.Image();
        image.Spec.Source.Url = "https://me:secret@a/b";

        Assert.DoesNotContain("secret", ImageValidation.Check(image)[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checksum_is_advised_and_not_asked_for()
    {
        var image = Samples.Image();
        Assert.Empty(ImageValidation.Advice(image));

        image.Spec.Source.Checksum = null;

        Assert.Empty(ImageValidation.Check(image));
        Assert.Contains("spec.source.checksum", Assert.Single(ImageValidation.Advice(image)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.2", "10.0.255.254")]
    [InlineData("192.168.1.4/30", "192.168.1.6", "192.168.1.6")]
    [InlineData("172.16.0.0/12", "172.31.0.1", "172.31.255.254")]
    public void Subnets_from_the_largest_to_the_smallest_are_right(string subnet, string start, string end)
    {
        var network = Samples.Network();
        (network.Spec.Subnet, network.Spec.Dhcp) = (subnet, new() { Start = start, End = end });

        Assert.Empty(VirtualNetworkValidation.Check(network));
    }

    [Theory]
    [InlineData("/srv/pool")]
    [InlineData("/var/lib/libvirt/images")]
    [InlineData("/mnt/disk 1/überall")]
    [InlineData("/etcetera")]
    [InlineData("/data/..a")]
    public void Folders_of_their_own_are_right(string path)
    {
        var pool = Samples.Pool();
        pool.Spec.Target!.Path = path;

        Assert.Empty(StoragePoolValidation.Check(pool));
    }

    [Fact]
    public void Nothing_at_all_is_found_too()
    {
        Assert.NotEmpty(StoragePoolValidation.Check(null));
        Assert.NotEmpty(StorageVolumeValidation.Check(null));
        Assert.NotEmpty(ImageValidation.Check(null));
        Assert.NotEmpty(VirtualNetworkValidation.Check(null));
        Assert.NotEmpty(HypervisorValidation.Check(null));
        Assert.Empty(ImageValidation.Advice(null));
    }
}

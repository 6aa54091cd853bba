using System.Net;
using Berth.Api;
using Berth.NodeAgent.Images;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Where images are fetched from, and where no server can send an agent.</summary>
public sealed class ImageAddressTests : IAsyncLifetime
{
    private const string Public = "93.184.216.34";

    private readonly TemporaryFolder _pool = new();
    private readonly ScriptedServer _server = new();
    private readonly FakeWeb _web;
    private string _allowed = "";

    public ImageAddressTests() => _web = new FakeWeb(_server).Name("public.example", [Public]).Name("mirror.corp", ["10.1.2.3"]);

    public static TheoryData<string> NodeAddresses =>
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.192", "100.100.100.200", "168.63.129.16",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "fe80::1", "fe80::1%2", "febf::1", "ff02::1", "fd00:ec2::254",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    ];

    public static TheoryData<string> PrivateAddresses =>
    [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "198.18.0.1", "203.0.113.1", "::ffff:10.0.0.1", "fc00::1", "fd12::1", "fec0::1",
        "64:ff9b::a00:1", "2002:c0a8:1::", "2001:db8::1",
    ];

    public static TheoryData<string> PublicAddresses => [Public, "8.8.8.8", "172.32.0.1", "172.15.0.1", "100.128.0.1", "169.253.0.1", "::ffff:8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _pool.Dispose();
    }

    [Theory]
    [MemberData(nameof(NodeAddresses))]
    public void The_nodes_own_addresses_are_refused_to_everybody(string address)
    {
        var addresses = new ImageAddresses("");
        Assert.Equal(AddressReach.Node, AddressReaches.Of(IPAddress.Parse(address)));
        Assert.NotNull(addresses.Refusal(IPAddress.Parse(address), cameFromPublic: false));
        Assert.NotNull(addresses.Refusal(IPAddress.Parse(address), cameFromPublic: true));
    }

    [Theory]
    [MemberData(nameof(PrivateAddresses))]
    public void Private_addresses_are_an_administrators_to_name_and_no_servers(string address)
    {
        var addresses = new ImageAddresses("");
        Assert.Equal(AddressReach.Private, AddressReaches.Of(IPAddress.Parse(address)));
        Assert.Null(addresses.Refusal(IPAddress.Parse(address), cameFromPublic: false));
        Assert.NotNull(addresses.Refusal(IPAddress.Parse(address), cameFromPublic: true));
    }

    [Theory]
    [MemberData(nameof(PublicAddresses))]
    public void Public_addresses_are_for_everybody(string address)
    {
        Assert.Equal(AddressReach.Public, AddressReaches.Of(IPAddress.Parse(address)));
        Assert.Null(new ImageAddresses("").Refusal(IPAddress.Parse(address), cameFromPublic: true));
    }

    [Fact]
    public void The_allow_list_admits_what_it_names_in_any_form_and_nothing_else()
    {
        var addresses = new ImageAddresses("127.0.0.0/8, 10.1.0.0/16,fe80::/10");
        foreach (var allowed in (string[])["127.0.0.1", "::ffff:127.0.0.1", "10.1.255.1", "fe80::1"])
        {
            Assert.Null(addresses.Refusal(IPAddress.Parse(allowed), cameFromPublic: true));
        }

        foreach (var refused in (string[])["169.254.169.254", "10.2.0.1", "::1"])
        {
            Assert.NotNull(addresses.Refusal(IPAddress.Parse(refused), cameFromPublic: true));
        }
    }

    [Theory]
    [InlineData("301 Moved Permanently", "http://127.0.0.1/x")]
    [InlineData("302 Found", "http://169.254.169.254/latest/meta-data/")]
    [InlineData("303 See Other", "http://[::1]/x")]
    [InlineData("307 Temporary Redirect", "http://[fe80::1]/x")]
    [InlineData("308 Permanent Redirect", "http://[::ffff:127.0.0.1]/x")]
    [InlineData("302 Found", "http://0.0.0.0/x")]
    [InlineData("302 Found", "http://2130706433/x")]
    [InlineData("302 Found", "http://0177.0.0.1/x")]
    [InlineData("302 Found", "http://0x7f.1/x")]
    [InlineData("302 Found", "http://127.1/x")]
    [InlineData("302 Found", "http://[64:ff9b::7f00:1]/x")]
    [InlineData("302 Found", "http://localhost/x")]
    [InlineData("302 Found", "http://metadata.example/x")]
    [InlineData("302 Found", "http://10.0.0.1/x")]
    [InlineData("302 Found", "http://192.168.1.1:6443/x")]
    [InlineData("302 Found", "http://[fd12::1]/x")]
    [InlineData("302 Found", "http://mirror.corp/x")]
    [InlineData("302 Found", "//127.0.0.1/x")]
    public async Task A_server_on_the_internet_sends_nobody_inside(string status, string location)
    {
        _web.Name("metadata.example", ["169.254.169.254"]).Name("localhost", ["127.0.0.1", "::1"]);
        _server.Answer("/start", status, $"Location: {location}");

        await RefusedAsync(ImageReasons.SourceNotAllowed, "http://public.example/start");

        Assert.Equal([IPAddress.Parse(Public)], _web.Connected);
    }

    [Fact]
    public async Task A_name_that_changes_its_address_in_between_is_checked_again()
    {
        _web.Name("rebind.example", [Public], ["127.0.0.1"]);
        _server.Answer("/start", "302 Found", "Location: http://rebind.example/again");

        await RefusedAsync(ImageReasons.SourceNotAllowed, "http://rebind.example/start");

        Assert.Equal(["/start"], _server.Requests);
    }

    [Fact]
    public async Task Of_several_addresses_of_a_name_only_admitted_ones_are_connected_to()
    {
        _web.Name("mixed.example", ["127.0.0.1", "169.254.169.254", Public]);
        _server.Serve("/disk", [1]);

        Assert.Equal(1, (await FetchAsync("http://mixed.example/disk")).Size);
        Assert.Equal([IPAddress.Parse(Public)], _web.Connected);
    }

    [Fact]
    public async Task A_private_mirror_is_fetched_from_and_redirects_inside()
    {
        _server.Answer("/start", "302 Found", "Location: http://10.9.9.9/disk");
        _server.Serve("/disk", [1, 2]);

        Assert.Equal(2, (await FetchAsync("http://mirror.corp/start")).Size);
    }

    [Fact]
    public async Task A_way_through_the_internet_does_not_lead_back_inside()
    {
        _server.Answer("/start", "302 Found", "Location: http://public.example/out");
        _server.Answer("/out", "302 Found", "Location: http://mirror.corp/in");

        await RefusedAsync(ImageReasons.SourceNotAllowed, "http://mirror.corp/start");
        Assert.Equal(["/start", "/out"], _server.Requests);
    }

    [Fact]
    public async Task The_allow_list_holds_for_redirects_too()
    {
        _allowed = "10.1.0.0/16";
        _server.Answer("/start", "302 Found", "Location: http://mirror.corp/disk");
        _server.Serve("/disk", [1, 2, 3]);

        Assert.Equal(3, (await FetchAsync("http://public.example/start")).Size);
    }

    [Theory]
    [InlineData("http://127.0.0.1/x")]
    [InlineData("http://169.254.169.254/x")]
    [InlineData("http://[::1]/x")]
    [InlineData("http://2130706433/x")]
    public async Task An_Image_names_no_address_of_the_node_either(string url)
    {
        await RefusedAsync(ImageReasons.SourceNotAllowed, url);
        Assert.Empty(_web.Connected);
    }

    [Fact]
    public async Task A_name_without_addresses_cannot_be_reached() => await RefusedAsync(ImageReasons.DownloadFailed, "http://nowhere.example/x");

    [Fact]
    public async Task What_a_server_says_is_shown_without_control_characters_and_not_at_length()
    {
        _server.Answer("/x", "404 \u001b[2J\u0007" + new string('x', 5000));

        var failure = await RefusedAsync(ImageReasons.DownloadFailed, "http://public.example/x");

        Assert.DoesNotContain(failure.Message, char.IsControl);
        Assert.InRange(failure.Message.Length, 10, 600);
    }

    private async Task<ImageFetchException> RefusedAsync(string reason, string url)
    {
        var failure = await Assert.ThrowsAsync<ImageFetchException>(() => FetchAsync(url));
        Assert.True(failure.Reason == reason, $"{failure.Reason}: {failure.Message}");
        Assert.Empty(_pool.Entries);
        return failure;
    }

    private Task<ImageFile> FetchAsync(string url) =>
        new ImageFetcher(new WebImages(new ImageAddresses(_allowed), _web), new AgentOptions { NodeName = "node-1" }, new ManualTime())
            .FetchAsync(new ImageRequest("debian", "uid-1", ImageTypes.Disk, url, null), _pool.Path, new SemaphoreSlim(1, 1), Cancellation);
}

using Berth.Api;
using Berth.NodeAgent.Images;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class ImageOriginTests
{
    [Theory]
    [InlineData("https://example.org/a.qcow2")]
    [InlineData("http://10.0.0.1:8080/a")]
    [InlineData("http://[::1]/a")]
    public void Web_addresses_are_fetched(string url) => Assert.IsType<ImageOrigin.Web>(ImageOrigin.Parse(url));

    [Theory]
    [InlineData("file:///images/a.img", "/images/a.img")]
    [InlineData("file://localhost/images/a%20b.img", "/images/a b.img")]
    public void File_urls_name_a_path(string url, string path) => Assert.Equal(new ImageOrigin.HostFile(path), ImageOrigin.Parse(url));

    [Theory]
    [InlineData("/images/a.img")]
    [InlineData("images/a.img")]
    [InlineData("ftp://example.org/a")]
    [InlineData("file://server/images/a.img")]
    [InlineData("file:///images/../etc/shadow")]
    [InlineData("file:///images/%2e%2e/etc/shadow")]
    [InlineData("file:///images/..%2fetc/shadow")]
    [InlineData("file:///images/a%00b")]
    [InlineData("https://user:secret@example.org/a")]
    public void Other_urls_are_refused(string url)
    {
        var refusal = Assert.Throws<ImageFetchException>(() => ImageOrigin.Parse(url));

        Assert.Equal(ImageReasons.SourceNotAllowed, refusal.Reason);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://a/1", "/2", "http://a/2")]
    [InlineData("http://a/1", "http://b/2", "http://b/2")]
    [InlineData("http://a/1", "https://b/2", "https://b/2")]
    [InlineData("https://a/1", "//b/2", "https://b/2")]
    public void Redirects_are_followed_within_the_web(string from, string location, string target) =>
        Assert.Equal(new Uri(target), ImageOrigin.Redirect(new Uri(from), location));

    [Theory]
    [InlineData("https://a/1", "http://a/2", ImageReasons.SourceNotAllowed)]
    [InlineData("http://a/1", "file:///etc/shadow", ImageReasons.SourceNotAllowed)]
    [InlineData("http://a/1", "gopher://a/1", ImageReasons.SourceNotAllowed)]
    [InlineData("http://a/1", "http://user:secret@a/1", ImageReasons.SourceNotAllowed)]
    [InlineData("http://a/1", null, ImageReasons.DownloadFailed)]
    public void Other_redirects_are_refused(string from, string? location, string reason) =>
        Assert.Equal(reason, Assert.Throws<ImageFetchException>(() => ImageOrigin.Redirect(new Uri(from), location)).Reason);

    [Fact]
    public void A_shown_address_holds_no_secret() =>
        Assert.Equal("https://a:8443/b", ImageOrigin.Show(new Uri("https://a:8443/b?token=secret#x")));
}

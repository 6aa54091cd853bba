using Berth.NodeAgent.Consoles;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.NodeAgent.Tests.Consoles;

public sealed class LibvirtLogsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_domains_log_goes_with_what_rotation_made_of_it_and_no_others()
    {
        string[] others = ["shop.web2.log", "shop.web.log.x.log", "shop.web.log.1.log", "shop.web.log.1.gz.log", "shop.web", "shop.web.log.1234", "ashop.web.log"];
        foreach (var name in (string[])["shop.web.log", "shop.web.log.0", "shop.web.log.12", "shop.web.log.2.gz", .. others])
        {
            _folder.Write($"libvirt-logs/{name}", "");
        }

        Logs().Delete("shop.web");

        Assert.Equal(others.Order(), Directory.EnumerateFiles(_folder.Options.LibvirtLogDirectory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Without_libvirts_folder_or_with_a_name_that_leads_elsewhere_nothing_happens()
    {
        _folder.Write("kept.log", "");
        Logs().Delete("shop.web");
        _folder.Write("libvirt-logs/x", "");
        Logs().Delete("../kept");
        Assert.True(File.Exists(Path.Combine(_folder.Path, "kept.log")));
    }

    private LibvirtLogs Logs() => new(_folder.Options, NullLogger<LibvirtLogs>.Instance);
}

namespace Berth.Libvirt.Tests.TestDriver;

public sealed class DomainTests : IAsyncLifetime
{
    private static readonly Guid s_uuid = Guid.Parse("0d5e1f6a-93c5-4d7e-8a51-0c1b7f1f0a01");
    private TestHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LibvirtDomains Domains => _host.Connection.Domains;

    public async ValueTask InitializeAsync() => _host = await TestHost.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_defined_domain_is_listed_as_off_and_found_with_its_details()
    {
        var uuid = await Domains.DefineAsync(TestHost.DomainXml("a", s_uuid), validate: false, Cancel);

        Assert.Equal(s_uuid, uuid);
        var listed = Assert.Single(await Domains.ListAsync(Cancel));
        Assert.Equal(new DomainSummary(s_uuid, "a", null, new(DomainState.ShutOff, DomainStateReason.Unknown)), listed);
        var found = await Domains.FindAsync(s_uuid, Cancel);
        Assert.NotNull(found);
        Assert.Equal(("a", true, 65536ul), (found.Name, found.IsPersistent, found.MaximumMemoryKib));
    }
}

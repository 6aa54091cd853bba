using Berth.Libvirt;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Tests.Domains;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>libvirt itself, by its built-in test driver.</summary>
public sealed class HostDomainsTests : DomainsContract
{
    private LibvirtConnection? _connection;

    public static TheoryData<string> Scenarios => [.. GoldenScenarios.Names];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Libvirt_takes_the_golden_domain_and_gives_the_same_facts_back(string scenario)
    {
        var token = TestContext.Current.CancellationToken;
        await using var connection = await LibvirtConnection.OpenAsync("test:///default", null, token);
        var xml = DomainXml.Of(GoldenScenarios.Input(scenario));

        // By libvirt's own schema too, which its parser is more patient than.
        var id = await connection.Domains.DefineAsync(xml, validate: true, token);
        try
        {
            var facts = (await new HostDomains(connection).FindAsync(id, token))!.Facts;
            Assert.Empty(RestartChecks.Of(new DomainComparison(facts, DomainFacts.Parse(xml))));
            Assert.Equal(DomainFacts.Parse(xml).Owner, facts.Owner);
        }
        finally
        {
            await connection.Domains.UndefineAsync(id, DomainUndefineOptions.None, token);
        }
    }

    [Fact]
    public async Task A_daemon_that_is_not_there_is_unavailable_and_proves_nothing()
    {
        await using var connection = LibvirtConnection.Start("qemu+unix:///system?socket=/nonexistent/libvirt-sock", null);
        var failure = await Assert.ThrowsAsync<HypervisorException>(() => new HostDomains(connection).FindAsync(Guid.NewGuid(), TestContext.Current.CancellationToken));
        Assert.True(failure.IsUnavailable);
    }

    internal override async Task<IDomains> OpenAsync()
    {
        _connection = await LibvirtConnection.OpenAsync("test:///default", null, TestContext.Current.CancellationToken);
        return new HostDomains(_connection);
    }

    internal override async Task CloseAsync() => await _connection!.DisposeAsync();
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Tests.Domains;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>What the reconciler relies on: the fake and libvirt must both do it.</summary>
public abstract class DomainsContract : IAsyncLifetime
{
    private readonly VirtualMachine _machine = new()
    {
        Metadata = new V1ObjectMeta { Name = $"vm-{Guid.NewGuid():N}"[..12], NamespaceProperty = "contract", Uid = Guid.NewGuid().ToString() },
        Spec = new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("64Mi") }, Interfaces = [new Interface { Name = "lan", Network = "default" }] },
        Status = new VirtualMachineStatus { Binding = new Binding { NodeName = "node-1", Epoch = 2 } },
    };

    private IDomains _domains = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Guid Id => DomainInputs.DomainId(_machine);

    private string Xml => DomainXml.Of(DomainInputs.Of(_machine, GoldenScenarios.Parts(_machine, Accelerators.Tcg)));

    public async ValueTask InitializeAsync() => _domains = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _domains.DestroyAsync(Id, CancellationToken.None);
        await _domains.UndefineAsync(Id, CancellationToken.None);
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_is_not_there_is_null_and_not_an_error()
    {
        Assert.Null(await _domains.FindAsync(Guid.NewGuid(), Token));
        Assert.Null(await _domains.FindByNameAsync("contract.none", Token));
        Assert.Null(await _domains.FindOwnerAsync(Guid.NewGuid(), Token));
        await _domains.DestroyAsync(Guid.NewGuid(), Token);
        await _domains.UndefineAsync(Guid.NewGuid(), Token);
    }

    [Fact]
    public async Task A_defined_domain_is_off_and_nobody_ended_it()
    {
        await _domains.DefineAsync(Xml, Token);
        var domain = await _domains.FindAsync(Id, Token);
        Assert.Equal((DomainState.Off, DomainEnd.Unknown, false, null), (domain!.State, domain.End, domain.IsActive, domain.RuntimeId));
        Assert.Equal(domain.Name, (await _domains.FindByNameAsync(domain.Name, Token))?.Name);
        Assert.Equal(_machine.Uid(), (await _domains.FindOwnerAsync(Id, Token))?.Uid);
    }

    [Fact]
    public async Task A_started_domain_runs_with_the_facts_that_it_was_defined_with()
    {
        await StartAsync();
        var domain = await _domains.FindAsync(Id, Token);
        Assert.Equal((DomainState.Running, true), (domain!.State, domain.IsActive));
        Assert.NotNull(domain.RuntimeId);
        Assert.Empty(RestartChecks.Of(new DomainComparison(domain.Facts, DomainFacts.Parse(Xml))));
        Assert.Equal(2, domain.Owner?.Epoch);
        Assert.Contains(await _domains.ListAsync(Token), listed => listed.Id == Id && listed.State == DomainState.Running);
    }

    [Fact]
    public async Task A_domain_that_runs_cannot_be_started()
    {
        await StartAsync();
        var failure = await Assert.ThrowsAsync<HypervisorException>(() => _domains.StartAsync(Id, Token));
        Assert.False(failure.IsUnavailable);
    }

    [Fact]
    public async Task A_destroyed_domain_is_off_and_says_how_it_ended()
    {
        await StartAsync();
        await _domains.DestroyAsync(Id, Token);
        await _domains.DestroyAsync(Id, Token);
        var domain = await _domains.FindAsync(Id, Token);
        Assert.Equal((DomainState.Off, DomainEnd.Destroyed), (domain!.State, domain.End));
    }

    [Fact]
    public async Task A_guest_that_shuts_down_says_so()
    {
        await StartAsync();
        await _domains.ShutdownAsync(Id, Token);
        var domain = await _domains.FindAsync(Id, Token);
        Assert.Equal((DomainState.Off, DomainEnd.Shutdown), (domain!.State, domain.End));
    }

    [Fact]
    public async Task An_undefined_domain_is_gone()
    {
        await StartAsync();
        await _domains.DestroyAsync(Id, Token);
        await _domains.UndefineAsync(Id, Token);
        Assert.Null(await _domains.FindAsync(Id, Token));
        Assert.DoesNotContain(await _domains.ListAsync(Token), listed => listed.Id == Id);
    }

    [Fact]
    public async Task Another_domain_of_the_name_cannot_be_defined()
    {
        await _domains.DefineAsync(Xml, Token);
        var other = Xml.Replace(Id.ToString(), Guid.NewGuid().ToString(), StringComparison.Ordinal);
        var failure = await Assert.ThrowsAsync<HypervisorException>(() => _domains.DefineAsync(other, Token));
        Assert.False(failure.IsUnavailable);
    }

    [Fact]
    public async Task The_owner_of_a_running_domain_can_be_changed_and_nothing_else_with_it()
    {
        await StartAsync();
        var before = (await _domains.FindAsync(Id, Token))!;
        var owner = before.Owner! with { Epoch = 9 };
        await _domains.SetOwnerAsync(Id, owner, Token);
        var after = (await _domains.FindAsync(Id, Token))!;
        Assert.Equal(owner, after.Owner);
        Assert.Equal((before.RuntimeId, before.State), (after.RuntimeId, after.State));
        Assert.Empty(RestartChecks.Of(new DomainComparison(before.Facts, after.Facts)));
    }

    internal abstract Task<IDomains> OpenAsync();

    internal virtual Task CloseAsync() => Task.CompletedTask;

    private async Task StartAsync()
    {
        await _domains.DefineAsync(Xml, Token);
        await _domains.StartAsync(Id, Token);
    }
}

public sealed class FakeDomainsTests : DomainsContract
{
    internal override Task<IDomains> OpenAsync() => Task.FromResult<IDomains>(new FakeDomains());
}

using System.Collections.Frozen;
using Berth.Libvirt;
using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>The domains of the host's libvirt.</summary>
internal sealed class HostDomains(LibvirtConnection connection) : IDomains
{
    private const string HostModel = "host-model";

    private const DomainUndefineOptions WithAllThatIsKept =
        DomainUndefineOptions.RemoveManagedSave | DomainUndefineOptions.RemoveSnapshotsMetadata
        | DomainUndefineOptions.RemoveCheckpointsMetadata | DomainUndefineOptions.KeepNvram;

    public async Task<IReadOnlyList<ListedDomain>> ListAsync(CancellationToken cancellationToken)
    {
        var domains = await TranslateAsync(() => connection.Domains.ListAsync(cancellationToken));
        return [.. domains.Select(domain => new ListedDomain(domain.Uuid, domain.Name, HostDomainStates.StateOf(domain.Status)))];
    }

    public async Task<DomainOwner?> FindOwnerAsync(Guid id, CancellationToken cancellationToken) =>
        await TranslateAsync(() => connection.Domains.GetXmlAsync(id, DomainXmlOptions.None, cancellationToken)) is { } xml
            ? DomainFacts.Parse(xml).Owner
            : null;

    public async Task<Domain?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        await ReadAsync(await TranslateAsync(() => connection.Domains.FindAsync(id, cancellationToken)), cancellationToken);

    public async Task<Domain?> FindByNameAsync(string name, CancellationToken cancellationToken) =>
        await ReadAsync(await TranslateAsync(() => connection.Domains.FindByNameAsync(name, cancellationToken)), cancellationToken);

    public Task DefineAsync(string xml, CancellationToken cancellationToken) =>
        TranslateAsync(() => connection.Domains.DefineAsync(xml, validate: false, cancellationToken));

    // Force: what a managed save holds is not what the spec asks for now.
    public Task StartAsync(Guid id, CancellationToken cancellationToken) => WithFlagsAsync(
        () => connection.Domains.StartAsync(id, DomainStartOptions.ForceBoot, cancellationToken),
        () => connection.Domains.StartAsync(id, DomainStartOptions.None, cancellationToken));

    public Task ResumeAsync(Guid id, CancellationToken cancellationToken) =>
        TranslateAsync(() => connection.Domains.ResumeAsync(id, cancellationToken));

    public Task ShutdownAsync(Guid id, CancellationToken cancellationToken) =>
        TranslateAsync(() => connection.Domains.ShutdownAsync(id, DomainShutdownMode.Default, cancellationToken));

    public Task DestroyAsync(Guid id, CancellationToken cancellationToken) =>
        TranslateAsync(() => connection.Domains.DestroyAsync(id, graceful: false, cancellationToken));

    public Task UndefineAsync(Guid id, CancellationToken cancellationToken) => WithFlagsAsync(
        () => connection.Domains.UndefineAsync(id, WithAllThatIsKept, cancellationToken),
        () => connection.Domains.UndefineAsync(id, DomainUndefineOptions.None, cancellationToken));

    public Task SetOwnerAsync(Guid id, DomainOwner owner, CancellationToken cancellationToken) => TranslateAsync(() => connection.Domains.SetMetadataAsync(
        id, MetadataXml.ElementOf(owner), MetadataXml.Prefix, MetadataXml.Namespace, DomainImpact.Live | DomainImpact.Config, cancellationToken));

    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> AddressesAsync(Guid id, CancellationToken cancellationToken)
    {
        var interfaces = await TranslateAsync(() => connection.Domains.GetInterfaceAddressesAsync(id, InterfaceAddressSource.Lease, cancellationToken)) ?? [];
        return interfaces
            .Where(card => card.Mac is not null)
            .GroupBy(card => card.Mac!.ToLowerInvariant(), StringComparer.Ordinal)
            .ToFrozenDictionary(card => card.Key, card => (IReadOnlyList<string>)[.. card.SelectMany(each => each.Addresses).Select(address => address.Address).Distinct()]);
    }

    private async Task<Domain?> ReadAsync(DomainDetails? details, CancellationToken cancellationToken)
    {
        if (details is null)
        {
            return null;
        }

        // The definition, not the running form: it is what the guest was started from, as it was written.
        var form = details.IsPersistent ? DomainXmlOptions.Inactive : DomainXmlOptions.None;
        if (await TranslateAsync(() => connection.Domains.GetXmlAsync(details.Uuid, form, cancellationToken)) is not { } xml)
        {
            return null;
        }

        var facts = DomainFacts.Parse(xml);
        return new Domain
        {
            Id = details.Uuid,
            Name = details.Name,
            State = HostDomainStates.StateOf(details.Status),
            End = HostDomainStates.EndOf(details.Status),
            IsPausedByStorage = details.Status is { State: Libvirt.DomainState.Paused, Reason: DomainStateReason.IOError },
            RuntimeId = details.Id,
            Facts = facts,
            CpuModel = details.Id is not null && facts.Cpu.Model == HostModel ? await LiveModelAsync(details.Uuid, cancellationToken) : null,
        };
    }

    private async Task<string?> LiveModelAsync(Guid id, CancellationToken cancellationToken) =>
        await TranslateAsync(() => connection.Domains.GetXmlAsync(id, DomainXmlOptions.None, cancellationToken)) is { } xml ? DomainFacts.Parse(xml).Cpu.Model : null;

    // A driver or daemon that does not know a flag has nothing that the flag is about.
    private static Task WithFlagsAsync(Func<Task> withFlags, Func<Task> without) => TranslateAsync(async () =>
    {
        try
        {
            await withFlags();
        }
        catch (LibvirtException e) when (e.Code is LibvirtErrorCode.InvalidArgument or LibvirtErrorCode.ArgumentUnsupported)
        {
            await without();
        }
    });

    private static async Task<T> TranslateAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (LibvirtException e)
        {
            throw Translate(e);
        }
    }

    private static async Task TranslateAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (LibvirtException e)
        {
            throw Translate(e);
        }
    }

    private static HypervisorException Translate(LibvirtException e) => new(
        e.Detail,
        e.IsConnectionLost || e.Code is LibvirtErrorCode.NotConnected or LibvirtErrorCode.CallTimedOut or LibvirtErrorCode.LibraryMissing,
        e);
}

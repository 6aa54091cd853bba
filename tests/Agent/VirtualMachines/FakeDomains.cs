using Berth.NodeAgent.Domains;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

/// <summary>Domains in memory, held to the same suite as libvirt's.</summary>
internal sealed class FakeDomains : IDomains
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Domain> _domains = [];
    private int _lastId;

    /// <summary>Every call that changes something, in order: the verb and the domain's name.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The documents that were defined, in order.</summary>
    public List<string> Definitions { get; } = [];

    /// <summary>True: libvirt does not answer.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>What libvirt says when it refuses to start; null starts.</summary>
    public string? StartFailure { get; set; }

    /// <summary>False: guests do not react to their power button.</summary>
    public bool GuestsObey { get; set; } = true;

    /// <summary>Leases by MAC.</summary>
    public Dictionary<string, IReadOnlyList<string>> Leases { get; } = new(StringComparer.Ordinal);

    /// <summary>Puts a domain in place, as somebody else would have.</summary>
    public void Put(Domain domain) => _domains[domain.Id] = domain;

    /// <summary>A guest ends by itself.</summary>
    public void End(Guid id, DomainEnd end) => Change(id, domain => domain with { State = DomainState.Off, End = end, RuntimeId = null });

    public Domain? Find(Guid id) => _domains.GetValueOrDefault(id);

    public Task<IReadOnlyList<ListedDomain>> ListAsync(CancellationToken cancellationToken) =>
        Answer<IReadOnlyList<ListedDomain>>(() => [.. _domains.Values.Select(domain => new ListedDomain(domain.Id, domain.Name, domain.State))]);

    public Task<DomainOwner?> FindOwnerAsync(Guid id, CancellationToken cancellationToken) => Answer(() => Find(id)?.Owner);

    public Task<Domain?> FindAsync(Guid id, CancellationToken cancellationToken) => Answer(() => Find(id));

    public Task<Domain?> FindByNameAsync(string name, CancellationToken cancellationToken) =>
        Answer(() => _domains.Values.FirstOrDefault(domain => domain.Name == name));

    public Task DefineAsync(string xml, CancellationToken cancellationToken) => Answer(() =>
    {
        var facts = DomainFacts.Parse(xml);
        if (_domains.Values.Any(other => other.Name == facts.Name && other.Id != facts.Id))
        {
            throw new HypervisorException($"domain '{facts.Name}' already exists with another uuid", isUnavailable: false);
        }

        Calls.Add($"define {facts.Name}");
        Definitions.Add(xml);
        _domains[facts.Id] = Find(facts.Id) is { } old
            ? old with { Facts = facts }
            : new Domain { Id = facts.Id, Name = facts.Name, State = DomainState.Off, Facts = facts };
        return true;
    });

    public Task StartAsync(Guid id, CancellationToken cancellationToken) => Answer(() =>
    {
        var domain = Existing(id);
        Calls.Add($"start {domain.Name}");
        if (StartFailure is { } failure)
        {
            _domains[id] = domain with { End = DomainEnd.Failed };
            throw new HypervisorException(failure, isUnavailable: false);
        }

        if (domain.IsActive)
        {
            throw new HypervisorException("domain is already running", isUnavailable: false);
        }

        _domains[id] = domain with { State = DomainState.Running, End = DomainEnd.Unknown, RuntimeId = ++_lastId };
        return true;
    });

    public Task ShutdownAsync(Guid id, CancellationToken cancellationToken) => Answer(() =>
    {
        Calls.Add($"shutdown {Existing(id).Name}");
        if (GuestsObey)
        {
            End(id, DomainEnd.Shutdown);
        }

        return true;
    });

    public Task DestroyAsync(Guid id, CancellationToken cancellationToken) => Answer(() =>
    {
        if (Find(id) is { IsActive: true } domain)
        {
            Calls.Add($"destroy {domain.Name}");
            End(id, DomainEnd.Destroyed);
        }

        return true;
    });

    public Task UndefineAsync(Guid id, CancellationToken cancellationToken) => Answer(() =>
    {
        if (_domains.Remove(id, out var domain))
        {
            Calls.Add($"undefine {domain.Name}");
        }

        return true;
    });

    public Task SetOwnerAsync(Guid id, DomainOwner owner, CancellationToken cancellationToken) => Answer(() =>
    {
        Calls.Add($"own {Existing(id).Name}");
        Change(id, domain => domain with { Facts = domain.Facts with { Owner = owner } });
        return true;
    });

    public Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> AddressesAsync(Guid id, CancellationToken cancellationToken) =>
        Answer<IReadOnlyDictionary<string, IReadOnlyList<string>>>(() => Existing(id).Facts.Interfaces
            .Where(card => Leases.ContainsKey(card.Mac))
            .ToDictionary(card => card.Mac, card => Leases[card.Mac]));

    private Domain Existing(Guid id) => Find(id) ?? throw new HypervisorException($"no domain with uuid {id}", isUnavailable: false);

    private void Change(Guid id, Func<Domain, Domain> change) => _domains[id] = change(_domains[id]);

    private Task<T> Answer<T>(Func<T> answer)
    {
        lock (_lock)
        {
            return IsUnavailable
                ? Task.FromException<T>(new HypervisorException("not connected to libvirt", isUnavailable: true))
                : Try(answer);
        }
    }

    private static Task<T> Try<T>(Func<T> answer)
    {
        try
        {
            return Task.FromResult(answer());
        }
        catch (HypervisorException e)
        {
            return Task.FromException<T>(e);
        }
    }
}

using Berth.Libvirt;
using Berth.NodeAgent.Metrics;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.Metrics;

/// <summary>Guests whose figures a test makes up.</summary>
internal sealed class FakeGuestStatistics : IGuestStatistics
{
    public List<DomainStatistics> Guests { get; } = [];

    public Dictionary<Guid, DomainJob> Jobs { get; } = [];

    /// <summary>Whether agents in guests are there; guests without an entry have no channel.</summary>
    public Dictionary<Guid, bool> Agents { get; } = [];

    private readonly List<Action> _hanging = [];

    /// <summary>A guest's QEMU hangs: what asks it ends by <see cref="AnswerWhatHangs"/> alone.</summary>
    public bool GuestHangs { get; set; }

    /// <summary>libvirtd hangs: nothing ends.</summary>
    public bool DaemonHangs { get; set; }

    /// <summary>libvirt is not there.</summary>
    public bool IsUnavailable { get; set; }

    public int CallsForAll { get; private set; }

    public int CallsForKnown { get; private set; }

    public List<Guid> AskedForJobs { get; } = [];

    /// <summary>What has hung so far ends.</summary>
    public void AnswerWhatHangs()
    {
        _hanging.ForEach(answer => answer());
        _hanging.Clear();
    }

    public Task<IReadOnlyList<DomainStatistics>> ReadAllAsync(CancellationToken cancellationToken)
    {
        CallsForAll++;
        return Answer<IReadOnlyList<DomainStatistics>>(() => [.. Guests], GuestHangs);
    }

    public Task<IReadOnlyList<DomainStatistics>> ReadKnownAsync(CancellationToken cancellationToken)
    {
        CallsForKnown++;
        return Answer<IReadOnlyList<DomainStatistics>>(
            () => [.. Guests.Select(guest => guest with { Memory = null, Vcpus = [], Blocks = [] })], hangs: false);
    }

    public Task<DomainJob?> FindJobAsync(Guid id, CancellationToken cancellationToken)
    {
        AskedForJobs.Add(id);
        return Answer(() => Jobs.GetValueOrDefault(id), GuestHangs);
    }

    public Task<bool?> IsGuestAgentConnectedAsync(Guid id, CancellationToken cancellationToken) =>
        Answer<bool?>(() => Agents.TryGetValue(id, out var connected) ? connected : null, hangs: false);

    // As libvirt: a token ends no call that it has.
    private Task<T> Answer<T>(Func<T> answer, bool hangs) => (IsUnavailable, hangs || DaemonHangs) switch
    {
        (true, _) => Task.FromException<T>(new HypervisorException("not connected to libvirt", isUnavailable: true)),
        (_, true) => Hanging(answer),
        _ => Task.FromResult(answer()),
    };

    private Task<T> Hanging<T>(Func<T> answer)
    {
        var call = new TaskCompletionSource<T>();
        _hanging.Add(() => call.SetResult(answer()));
        return call.Task;
    }
}

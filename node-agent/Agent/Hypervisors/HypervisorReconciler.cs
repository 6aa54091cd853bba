using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Preflight;
using Berth.NodeAgent.Protection;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Hypervisors;

/// <summary>Keeps the node's Hypervisor object, which it makes when there is none.</summary>
internal sealed class HypervisorReconciler(
    AgentOptions options,
    IKubernetesClient client,
    IHostVersions versions,
    IDomains domains,
    IObjectStore<VirtualMachine> machines,
    VirtualMachineMemory memory,
    INodeIdentity identity,
    NodeAccelerator accelerator,
    MemoryGate memoryGate,
    GuestProtection protection,
    HostFiles host,
    HostPreflight preflight,
    NodeReport report,
    TimeProvider time) : IReconciler<Hypervisor, HypervisorStatus, HypervisorScope>
{
    /// <summary>Figures alone are written no more often than this.</summary>
    public static readonly TimeSpan FiguresInterval = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LibvirtRetry = TimeSpan.FromSeconds(5);

    /// <summary>Owners of domains without a VM in the store, which never change.</summary>
    private readonly Dictionary<Guid, string?> _clusters = [];

    /// <summary>UUIDs whose release records this agent has found to have served, until they are seen to have gone.</summary>
    private readonly HashSet<Guid> _served = [];

    private DateTimeOffset _lastFigures = DateTimeOffset.MinValue;

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string>(HypervisorConditions.Setup, StringComparer.Ordinal)
    {
        HypervisorConditions.LibvirtAvailable,
        HypervisorConditions.AcceleratorAvailable,
        HypervisorConditions.OrphanDomains,
        HypervisorConditions.MemoryOvercommitted,
        HypervisorConditions.GuestsProtected,
    };

    public HypervisorScope CreateScope(Hypervisor entity) => new(entity);

    public IReadOnlyList<Step<HypervisorScope>> StepsFor(Hypervisor entity) => [FindAccelerator, CountDomains, LookAtNode, ProtectGuests, ConfirmReleases, Describe];

    public void ComputeStatus(HypervisorScope scope, StepResult outcome, HypervisorStatus desired)
    {
        if (scope.Fresh is not { } fresh)
        {
            return;
        }

        var now = time.GetUtcNow();
        var mayWriteFigures = now - _lastFigures >= FiguresInterval;
        HypervisorStatuses.Merge(fresh, desired, mayWriteFigures);
        desired.Releases = Without(desired.Releases, scope.Confirmed);
        _lastFigures = mayWriteFigures ? now : _lastFigures;
    }

    public IEnumerable<Condition> ConditionsFor(HypervisorScope scope, StepResult outcome) => HypervisorConditionsOf.All(scope, outcome);

    /// <summary>The store holds no Hypervisor of this node: it is made. One that is there already is just not known yet.</summary>
    public async Task OnAbsentAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(new Hypervisor { Metadata = new V1ObjectMeta { Name = options.NodeName } }, cancellationToken);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
        }
    }

    private async Task<StepResult> FindAccelerator(HypervisorScope scope, CancellationToken cancellationToken)
    {
        scope.Accelerator = await accelerator.GetAsync(cancellationToken);
        return StepResult.Continue;
    }

    // Without an answer from libvirt the pass goes on: that is what the node then has to say.
    private async Task<StepResult> CountDomains(HypervisorScope scope, CancellationToken cancellationToken)
    {
        try
        {
            scope.Versions = await versions.GetAsync(cancellationToken);
            scope.Census = await TakeCensusAsync(cancellationToken);
            scope.Memory = await memoryGate.ReadAsync(cancellationToken);
        }
        catch (HypervisorException e)
        {
            scope.LibvirtFailure = e.Message;
        }

        return StepResult.Continue;
    }

    private Task<StepResult> LookAtNode(HypervisorScope scope, CancellationToken cancellationToken)
    {
        scope.Facts = preflight.Look(scope.Versions);
        return Task.FromResult(StepResult.Continue);
    }

    // No more than the host can keep: what is protected beyond that, other groups would be emptied for in vain.
    private Task<StepResult> ProtectGuests(HypervisorScope scope, CancellationToken cancellationToken)
    {
        if (scope.Memory is { } balance)
        {
            scope.Unprotected = protection.Apply(Math.Max(0, Math.Min(balance.Promised, host.MemoryBytes() - options.MemoryReserve)));
        }

        return Task.FromResult(StepResult.Continue);
    }

    /// <summary>Finds the records that have served: what they are about can run here no more.</summary>
    private async Task<StepResult> ConfirmReleases(HypervisorScope scope, CancellationToken cancellationToken)
    {
        try
        {
            var confirmed = new List<ReleaseRecord>();
            foreach (var record in scope.Entity.Status?.Releases ?? [])
            {
                if (Guid.TryParse(record.Uid, out var id)
                    && ReleaseDecision.HasServed(record, await domains.FindAsync(id, cancellationToken), host.BootId(), memory.Strays.WasRemoved(id, record.Epoch)))
                {
                    confirmed.Add(record);
                }
            }

            scope.Confirmed = confirmed;
            ForgetServed(scope.Entity.Status?.Releases ?? [], confirmed);
        }
        catch (HypervisorException e)
        {
            scope.LibvirtFailure ??= e.Message;
        }

        return StepResult.Continue;
    }

    // Only when the record is seen to have gone: until its removal is written it is asked about again.
    private void ForgetServed(IEnumerable<ReleaseRecord> records, IEnumerable<ReleaseRecord> confirmed)
    {
        foreach (var gone in _served.Except(Ids(records)).ToArray())
        {
            memory.Strays.Forget(gone);
            _served.Remove(gone);
        }

        _served.UnionWith(Ids(confirmed));
    }

    private static IEnumerable<Guid> Ids(IEnumerable<ReleaseRecord> records) =>
        records.Select(record => Guid.TryParse(record.Uid, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty);

    private static List<ReleaseRecord>? Without(IList<ReleaseRecord>? live, IReadOnlyList<ReleaseRecord> confirmed) =>
        live?.Except(confirmed).ToList() is { Count: > 0 } left ? left : null;

    private Task<StepResult> Describe(HypervisorScope scope, CancellationToken cancellationToken)
    {
        scope.Fresh = HypervisorStatuses.Of(scope, host, report);
        return Task.FromResult(scope switch
        {
            { LibvirtFailure: { } failure } => StepResult.Wait(VirtualMachineReasons.LibvirtUnavailable, $"libvirt does not answer: {failure}", LibvirtRetry),
            { Accelerator: { IsAvailable: false } none } => StepResult.Stall(HypervisorConditionsOf.NoAccelerator, none.Reason, FiguresInterval),
            _ => StepResult.DoneFor(FiguresInterval),
        });
    }

    private async Task<DomainCensus> TakeCensusAsync(CancellationToken cancellationToken)
    {
        var listed = await domains.ListAsync(cancellationToken);
        var known = machines.List().Select(machine => machine.Uid()).ToHashSet(StringComparer.Ordinal);
        var ours = new HashSet<Guid>();
        foreach (var domain in listed)
        {
            if (known.Contains(domain.Id.ToString()) || await IsOursAsync(domain.Id, cancellationToken))
            {
                ours.Add(domain.Id);
            }
        }

        foreach (var gone in _clusters.Keys.Except(listed.Select(domain => domain.Id)).ToArray())
        {
            _clusters.Remove(gone);
        }

        return DomainCensus.Of(listed, ours, memory.Strays.Left);
    }

    private async Task<bool> IsOursAsync(Guid id, CancellationToken cancellationToken)
    {
        if (!_clusters.TryGetValue(id, out var cluster))
        {
            _clusters[id] = cluster = (await domains.FindOwnerAsync(id, cancellationToken))?.Cluster;
        }

        return cluster is not null && cluster == await identity.GetClusterIdAsync(cancellationToken);
    }
}

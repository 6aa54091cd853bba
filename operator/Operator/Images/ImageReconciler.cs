using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Operator.VirtualMachines;
using Berth.Runtime.Reconcile;

namespace Berth.Operator.Images;

/// <summary>Sums up in each Image what the nodes say about their copies.</summary>
internal sealed class ImageReconciler(OperatorStores stores, TimeProvider time) : IReconciler<Image, ImageStatus, ImageScope>
{
    private readonly ReferenceGrace _grace = new(time);

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string>();

    public IReadOnlyList<Step<ImageScope>> StepsFor(Image image) => [CheckSpec, CheckPools, SumUp];

    public ImageScope CreateScope(Image entity) => new(entity);

    public void ComputeStatus(ImageScope scope, StepResult outcome, ImageStatus desired)
    {
        desired.Copies = scope.Copies ?? desired.Copies;
        if (scope.Sample is { } copy)
        {
            (desired.Format, desired.Size, desired.VirtualSize, desired.Digest) = (copy.Format, copy.Size, copy.VirtualSize, copy.Digest);
        }
    }

    public IEnumerable<Condition> ConditionsFor(ImageScope scope, StepResult outcome)
    {
        yield return outcome.IsDone
            ? scope.Copies is { Ready: > 0 } || scope.Entity.Status?.Copies is { Ready: > 0 } && scope.Copies is null
                ? Condition.True(ConditionTypes.Ready, ImageReasons.Available, "Every copy that is needed is there.")
                : Condition.True(ConditionTypes.Ready, ImageReasons.OnDemand, "Nobody needs a copy yet; it is fetched when somebody does.")
            : Condition.False(ConditionTypes.Ready, outcome.Reason, outcome.Message);
    }

    private Task<StepResult> CheckSpec(ImageScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(Findings.Stall(ImageValidation.Check(scope.Entity)));

    private Task<StepResult> CheckPools(ImageScope scope, CancellationToken cancellationToken)
    {
        var missing = (scope.Entity.Spec.Pools ?? []).Where(pool => stores.Pools.Get(new ObjectKey(null, pool)) is null).Distinct().ToList();
        return Task.FromResult(_grace.Check(
            scope.Entity.Uid(), scope.Generation, scope.Entity.Status?.Conditions, [.. missing.Select(pool => $"StoragePool \"{pool}\" does not exist.")]));
    }

    private Task<StepResult> SumUp(ImageScope scope, CancellationToken cancellationToken)
    {
        var copies = Copies(scope.Entity);
        var counts = NodeSummary.Count([.. copies.Select(Word)]);
        if (NodeSummary.IsChangeOfReadiness(scope.Entity.Status?.Copies, counts))
        {
            scope.Copies = counts;
        }

        scope.Sample = copies.Select(copy => copy.Copy).FirstOrDefault(copy => copy is { State: NodeImageStates.Available });
        return Task.FromResult(Outcome(copies));
    }

    /// <summary>The copies that nodes speak of, and those that they are asked for and do not speak of yet.</summary>
    private List<NodeCopy> Copies(Image image)
    {
        var found = stores.HostsFor(null)
            .SelectMany(host => (host.Status?.Images ?? []).Where(copy => copy.Name == image.Name() && (copy.Uid is null || copy.Uid == image.Uid()))
                .Select(copy => new NodeCopy(host.Name(), copy.Pool, copy)))
            .ToList();
        var asked = (image.Spec.Pools ?? []).Distinct()
            .Select(name => stores.Pools.Get(new ObjectKey(null, name)))
            .OfType<StoragePool>()
            .SelectMany(pool => stores.HostsFor(pool.Spec.NodeSelector).Select(host => new NodeCopy(host.Name(), pool.Name(), null)))
            .Where(copy => !found.Exists(other => other.Node == copy.Node && other.Pool == copy.Pool));
        return [.. found, .. asked];
    }

    private static NodeWord Word(NodeCopy copy) => copy.Copy switch
    {
        null => new NodeWord(copy.Node, null, "", null),
        { State: NodeImageStates.Failed } failed => new NodeWord(copy.Node, false, failed.Reason, failed.Message),
        { State: NodeImageStates.Available } => new NodeWord(copy.Node, true, "", null),
        _ => new NodeWord(copy.Node, null, "", null),
    };

    private static StepResult Outcome(List<NodeCopy> copies)
    {
        if (copies.Find(copy => copy.Copy is { State: NodeImageStates.Failed }) is { Copy: { } failed } where)
        {
            return StepResult.Stall(failed.Reason, $"Node \"{where.Node}\": {(string.IsNullOrEmpty(failed.Message) ? failed.Reason : failed.Message)}");
        }

        var open = copies.Where(copy => copy.Copy is not { State: NodeImageStates.Available }).Select(copy => copy.Node).Distinct().Order(StringComparer.Ordinal).ToList();
        return open.Count == 0
            ? StepResult.Done
            : StepResult.Wait(ImageReasons.Downloading, $"Waits for copies on {string.Join(", ", open.Take(NodeSummary.MaxFailing))}{(open.Count > NodeSummary.MaxFailing ? ", …" : "")}.").AsLongAsItTakes();
    }

    private sealed record NodeCopy(string Node, string Pool, NodeImageStatus? Copy);
}

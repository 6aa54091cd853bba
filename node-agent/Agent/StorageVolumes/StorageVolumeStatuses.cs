using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>What the agent says about a volume. Pure.</summary>
internal static class StorageVolumeStatuses
{
    public static void Compute(StorageVolumeScope scope, StepResult outcome, string nodeName, StorageVolumeStatus desired)
    {
        if (!scope.IsMine)
        {
            return;
        }

        desired.State = StateOf(scope, outcome, desired.State);
        if (scope.IsReleased)
        {
            desired.ReleasedEpoch = Math.Max(desired.Executor?.Epoch ?? 0, 0);
        }
        else if (scope is { File: { } file, Pool: { } pool })
        {
            desired.NodeName = nodeName;
            desired.Pool = pool.Name;
            desired.Path = file.Path;
            desired.Format = file.Format;
            desired.Capacity = Quantity.FromBytes(file.Capacity);
            desired.ImageDigest ??= scope.Image?.Digest;
            desired.CreatedAt ??= scope.MadeAt;
        }
    }

    public static IEnumerable<Condition> ConditionsFor(StorageVolumeScope scope, StepResult outcome)
    {
        if (scope.IsMine)
        {
            yield return Ready(scope, outcome);
        }
    }

    private static Condition Ready(StorageVolumeScope scope, StepResult outcome) => scope switch
    {
        { IsReleased: true } => Condition.False(Berth.Api.ConditionTypes.Ready, ConditionReasons.Deleting, scope.ReleaseMessage),
        // Ready says that the disk can be used, which also holds while it waits to be made larger. What it was made as is another question than what its spec asks by now, which nobody here can tell where a field is unknown.
        { File: not null } when !outcome.IsFault && outcome.Reason != ConditionReasons.UnknownField => Condition.True(Berth.Api.ConditionTypes.Ready, StorageVolumeReasons.Available, "The volume can be used."),
        _ => Condition.False(Berth.Api.ConditionTypes.Ready, outcome.Reason.Length > 0 ? outcome.Reason : ConditionReasons.Progressing, outcome.Message),
    };

    private static string StateOf(StorageVolumeScope scope, StepResult outcome, string? former) => scope switch
    {
        { IsReleased: true } => StorageVolumeStates.Deleted,
        { IsLost: true } => StorageVolumeStates.Lost,
        { File: not null } => StorageVolumeStates.Ready,
        // A volume that was made stays what it was while its pool is out of sight.
        { WasMade: true } => former ?? StorageVolumeStates.Ready,
        _ when outcome.IsStall || outcome.IsFault => StorageVolumeStates.Failed,
        _ => StorageVolumeStates.Pending,
    };
}

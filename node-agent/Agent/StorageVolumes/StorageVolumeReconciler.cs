using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.NodeAgent.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>Makes each volume that was given to this node once, looks after it, and lets go of it when it is deleted.</summary>
internal sealed partial class StorageVolumeReconciler(
    IKubernetesClient client,
    IObjectStore<StoragePool> pools,
    IObjectStore<Image> images,
    LocalPools localPools,
    IImageCopies copies,
    IDomainUses domains,
    VolumeFolder folder,
    VolumeOwnership ownership,
    MissingReferences missing,
    AgentOptions options,
    TimeProvider time) : IReconciler<StorageVolume, StorageVolumeStatus, StorageVolumeScope>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    /// <summary>Waits that normally end in a moment are not worth a write to the status.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    public IReadOnlySet<string> OwnedConditions { get; } = new HashSet<string>();

    public StorageVolumeScope CreateScope(StorageVolume entity) => new(entity, ownership.IsMine(entity));

    // Read this list as the table of contents. A step runs only when all before it said Continue.
    public IReadOnlyList<Step<StorageVolumeScope>> StepsFor(StorageVolume volume) =>
        !ownership.IsMine(volume) ? []
        : volume.IsDeleting() ? [FindPoolOfDeleted, AwaitDomains, HonourDeletion, Release]
        : volume.Status is { Path.Length: > 0 } or { CreatedAt: not null } ? [FindPool, FindFile, Understand, Grow]
        : [CheckSpec, FindPool, FindImage, Make];

    public bool OwnsStatus(StorageVolumeScope scope) => scope.IsMine;

    public void ComputeStatus(StorageVolumeScope scope, StepResult outcome, StorageVolumeStatus desired) =>
        StorageVolumeStatuses.Compute(scope, outcome, options.NodeName, desired);

    public IEnumerable<Condition> ConditionsFor(StorageVolumeScope scope, StepResult outcome) =>
        StorageVolumeStatuses.ConditionsFor(scope, outcome);

    private Task<StepResult> CheckSpec(StorageVolumeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(StorageVolumeValidation.Check(scope.Entity) is [var finding, ..] findings
            ? StepResult.Stall(finding.Reason, string.Join(' ', findings.Select(each => each.Message)))
            : StepResult.Continue);

    /// <summary>A volume that is there and asks for what this version does not know is neither changed nor given to a guest that starts: it may have been made by a newer one.</summary>
    private Task<StepResult> Understand(StorageVolumeScope scope, CancellationToken cancellationToken) =>
        Task.FromResult(NotUnderstood(scope.Entity) ?? StepResult.Continue);

    private static StepResult? NotUnderstood(StorageVolume volume) =>
        volume.UnknownFields is [var field, ..] ? StepResult.Stall(ConditionReasons.UnknownField, FieldFinding.Unknown(field).Message) : null;

    /// <summary>Finds the pool on this node and waits until it is available.</summary>
    private Task<StepResult> FindPool(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var name = PoolNameOf(scope.Entity);
        if (name is null || (pools.Get(new ObjectKey(null, name)) is null && localPools.Find(name) is null))
        {
            return Task.FromResult(Missing(scope, "pool", name is null
                ? "The volume names no StoragePool, and none is annotated as the default one."
                : $"StoragePool \"{name}\" does not exist."));
        }

        Found(scope, "pool");
        scope.Pool = localPools.Find(name);
        return Task.FromResult(scope.Pool is { IsAvailable: true } pool && pool.IsMarked()
            ? StepResult.Continue
            : Wait(StorageVolumeReasons.StoragePoolNotReady, $"Storage pool \"{name}\" is not available on this node."));
    }

    /// <summary>Asks for the image's copy in the pool, and waits until it is there.</summary>
    private Task<StepResult> FindImage(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        if (scope.Entity.Spec.Source?.Image is not { Length: > 0 } name)
        {
            return Task.FromResult(StepResult.Continue);
        }

        if (images.Get(new ObjectKey(null, name)) is { Spec.Type: not ImageTypes.Disk } other)
        {
            return Task.FromResult(StepResult.Stall(
                ConditionReasons.InvalidSpec, $"spec.source.image: \"{name}\" is of type {other.Spec.Type}; a volume is made from a disk."));
        }

        var copy = copies.Request(name, scope.Pool!.Name);
        if (copy is not ImageCopy.NotFound)
        {
            Found(scope, "image");
        }

        return Task.FromResult(Use(scope, name, copy));
    }

    private StepResult Use(StorageVolumeScope scope, string name, ImageCopy copy)
    {
        switch (copy)
        {
            case ImageCopy.Available available:
                scope.Image = available;
                return StepResult.Continue;
            case ImageCopy.Failed failed:
                return StepResult.Stall(StorageVolumeReasons.ImageFailed, $"Image \"{name}\" could not be fetched ({failed.Reason}): {failed.Message}", LookAgain);
            case ImageCopy.Pending pending:
                return Wait(StorageVolumeReasons.ImageNotReady, pending.Message);
            case ImageCopy.NotFound none:
                return Missing(scope, "image", none.Message);
            default:
                throw new InvalidOperationException($"An unknown answer for the image \"{name}\": {copy}");
        }
    }

    /// <summary>Makes the file. It happens once in a volume's life, so the last word on whether it has happened is read from the server.</summary>
    private async Task<StepResult> Make(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        if (await client.GetAsync<StorageVolume>(scope.Key, cancellationToken) is not { } live || live.Uid() != scope.Entity.Uid())
        {
            return StepResult.Wait(ConditionReasons.Deleting, "The volume is gone.", LookAgain);
        }

        scope.Entity = live;
        if (scope.WasMade || live.IsDeleting() || !ownership.IsMine(live))
        {
            return StepResult.Wait(ConditionReasons.Progressing, "The volume has just changed.", Moment).Quietly(LookAgain);
        }

        if (NotUnderstood(live) is { } unknown)
        {
            return unknown;
        }

        var (plan, finding) = VolumePlan.Of(live, scope.Image);
        if (plan is null)
        {
            return StepResult.Stall(finding!.Reason, finding.Message);
        }

        try
        {
            scope.File = await folder.MakeAsync(scope.Pool!, live, plan, cancellationToken);
            scope.MadeAt = time.GetUtcNow();
            return StepResult.Done;
        }
        catch (HypervisorException exception)
        {
            return StepResult.Wait(StorageVolumeReasons.CreateFailed, exception.Message, LookAgain);
        }
        catch (IOException exception) when (IsForWantOfSpace(exception))
        {
            return StepResult.Wait(StorageVolumeReasons.InsufficientSpace, exception.Message, LookAgain);
        }
        catch (VolumeLostException exception)
        {
            scope.IsLost = true;
            return StepResult.Stall(StorageVolumeReasons.VolumeLost, exception.Message);
        }
        catch (InvalidDataException exception)
        {
            return StepResult.Stall(
                StorageVolumeReasons.CreateFailed,
                $"{Path.Combine(scope.Pool!.Target, plan.Name)} is there already and is not what the spec asks for ({exception.Message}); it is left alone.");
        }
    }

    /// <summary>Looks for the file of a volume that was made; one that is missing is lost, never made anew.</summary>
    private async Task<StepResult> FindFile(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var path = PathOf(scope.Entity, scope.Pool!);
        try
        {
            if (path != VolumeFolder.PathOf(scope.Pool!, scope.Entity))
            {
                return StepResult.Stall(ConditionReasons.InvalidSpec, $"status.path: is not that of this volume in pool \"{scope.Pool!.Name}\"; the file is not looked at.");
            }

            scope.File = VolumeFile.Find(path, scope.Entity.Status!.Format ?? scope.Entity.Spec.Format);
        }
        catch (InvalidDataException exception)
        {
            scope.IsLost = true;
            return StepResult.Stall(StorageVolumeReasons.VolumeLost, $"{path} is no volume any more: {exception.Message}.");
        }

        if (scope.File is { } file)
        {
            await VolumeFolder.RememberAsync(scope.Pool!, scope.Entity, file, cancellationToken);
            return StepResult.Continue;
        }

        scope.IsLost = true;
        return StepResult.Stall(
            StorageVolumeReasons.VolumeLost, $"{path} was made at {scope.Entity.Status!.CreatedAt:u} and is not there. It is not made again: its data would be missing.");
    }

    /// <summary>Makes the file larger when the spec's size has grown and no domain has it open.</summary>
    private async Task<StepResult> Grow(StorageVolumeScope scope, CancellationToken cancellationToken)
    {
        var (volume, file) = (scope.Entity, scope.File!);
        if (volume.Spec.Size is not { } size || size.ToInt64() == file.Capacity)
        {
            return StepResult.Done;
        }

        if (size.ToInt64() < file.Capacity)
        {
            // Sizes are whole sectors: the file may be a little larger than what was asked for.
            return file.Capacity - size.ToInt64() < 512
                ? StepResult.Done
                : StepResult.Stall(ConditionReasons.InvalidSpec, $"spec.size: {size} is smaller than the volume, which has {Quantity.FromBytes(file.Capacity)}; a volume cannot shrink.");
        }

        if (await domains.UsesFileAsync(file.Path, cancellationToken))
        {
            return StepResult.Wait(StorageVolumeReasons.InUse, $"spec.size: the volume grows to {size} once no domain uses it.", LookAgain);
        }

        try
        {
            await folder.GrowAsync(scope.Pool!, file, size.ToInt64(), volume.Spec.Allocation == "full", cancellationToken);
        }
        catch (IOException exception) when (IsForWantOfSpace(exception))
        {
            return StepResult.Wait(StorageVolumeReasons.InsufficientSpace, $"spec.size: {exception.Message}", LookAgain);
        }

        scope.File = VolumeFile.Find(file.Path, file.Format) ?? file;
        return StepResult.Done;
    }

    private static bool IsForWantOfSpace(IOException exception) => exception is InsufficientSpaceException || Posix.IsForWantOfSpace(exception);

    private string? PoolNameOf(StorageVolume volume) =>
        volume.Status?.Pool is { Length: > 0 } recorded ? recorded
        : volume.Spec.Pool is { Length: > 0 } named ? named
        : DefaultPool.Of(pools);

    private static string PathOf(StorageVolume volume, LocalPool pool) =>
        volume.Status?.Path is { Length: > 0 } path ? path : VolumeFolder.PathOf(pool, volume);

    private static StepResult Wait(string reason, string message) => StepResult.Wait(reason, message, LookAgain).Quietly(Moment);

    private StepResult Missing(StorageVolumeScope scope, string reference, string message) =>
        missing.Missing(Guid.Parse(scope.Entity.Uid()), reference, message).ToStep();

    private void Found(StorageVolumeScope scope, string reference) => missing.Found(Guid.Parse(scope.Entity.Uid()), reference);
}

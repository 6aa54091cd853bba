using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Tells the deletion of one object from the end of its kind: when a CustomResourceDefinition is deleted, the API server deletes every object of it, and nobody has asked for that of any of them.</summary>
/// <remarks>
/// What is weighed is read live, the object before its definition: a definition that is then whole was not being deleted
/// when the object's deletion began. A deletion cannot be taken back, so one that is held stays held, also when the definition is
/// there again.
/// </remarks>
public sealed record DeletionDecision(DeletionChoice Choice, string Message)
{
    /// <summary>Timestamps of one cluster's API servers differ by less than this.</summary>
    public static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    /// <param name="seen">The object that is to be acted upon.</param>
    /// <param name="live">The object of that name as the API server has it now; null when there is none.</param>
    /// <param name="definition">The definition of its kind, read after it; null when there is none.</param>
    public static DeletionDecision Of(IKubernetesObject<V1ObjectMeta> seen, IKubernetesObject<V1ObjectMeta>? live, V1CustomResourceDefinition? definition) => live switch
    {
        null => new(DeletionChoice.LookAgain, "The API server does not have the object."),
        _ when live.Uid() != seen.Uid() => new(DeletionChoice.LookAgain, "Another object has the name."),
        _ when !live.IsDeleting() => new(DeletionChoice.LookAgain, "The API server has the object, and it is not being deleted."),
        _ => WhyNot(live, definition) is { } why ? Held(live, why) : new(DeletionChoice.CarryOut, ""),
    };

    /// <summary>The same for a volume with data that was made for a VM: it goes with that VM, when somebody wants the VM gone.</summary>
    /// <remarks>
    /// The operator deletes a VM's volumes before it lets the VM go. Whoever takes the VM's finalizer away, or its kind, if only for
    /// a moment, leaves that to the garbage collector, which deletes the disks of a guest that still runs, or is to come back.
    /// </remarks>
    /// <param name="volume">The volume.</param>
    /// <param name="live">The VM of its owner's name as the API server has it now; null when there is none.</param>
    /// <param name="definition">The definition of VMs, read after it; null when there is none.</param>
    public DeletionDecision ByOwner(StorageVolume volume, VirtualMachine? live, V1CustomResourceDefinition? definition) =>
        Choice is DeletionChoice.CarryOut && volume.VirtualMachineOwner() is { } owner && WhyNot(owner, live, definition) is { } why
            ? Held(volume, $"The volume was made for VirtualMachine \"{owner.Name}\", which {why}: somebody, or the garbage collector, has deleted the volume by itself.")
            : this;

    private static string? WhyNot(V1OwnerReference owner, VirtualMachine? live, V1CustomResourceDefinition? definition) => live switch
    {
        _ when live?.Uid() != owner.Uid => "is gone and was not deleted in good order",
        { } machine when !machine.IsDeleting() => "is not being deleted",
        { } machine when Of(machine, machine, definition).Choice is not DeletionChoice.CarryOut => "is not to be deleted either",
        _ => null,
    };

    private static DeletionDecision Held(IKubernetesObject<V1ObjectMeta> live, string why) => live switch
    {
        _ when live.Annotation(BerthAnnotations.ConfirmDeletion) == live.Uid() => new(DeletionChoice.CarryOut, ""),
        _ when live.Annotation(BerthAnnotations.Orphan) == live.Uid() => new(DeletionChoice.Orphan, why),
        _ => new(DeletionChoice.Hold, $"{why} Nothing is stopped or deleted. Annotate {BerthAnnotations.ConfirmDeletion}={live.Uid()} to have the deletion carried out, or {BerthAnnotations.Orphan}={live.Uid()} to let the object go and keep what is on the node."),
    };

    private static string? WhyNot(IKubernetesObject<V1ObjectMeta> live, V1CustomResourceDefinition? definition) => definition switch
    {
        null => "The CustomResourceDefinition of this kind is gone.",
        _ when definition.IsDeleting() => $"CustomResourceDefinition {definition.Name()} is being deleted, and every object with it.",
        _ when IsOfFormerDefinition(live.Metadata, definition.Metadata) =>
            $"The deletion began before CustomResourceDefinition {definition.Name()} was made anew, and may have come with the end of the former one.",
        _ => null,
    };

    // Made under this definition, it was deleted under this one too. What is older has outlived a definition that was taken away
    // by force; it was deleted for its own sake only if that was clearly later. Timestamps have whole seconds: what was made within
    // the same one may be of either.
    private static bool IsOfFormerDefinition(V1ObjectMeta live, V1ObjectMeta definition) =>
        live.CreationTimestamp <= definition.CreationTimestamp && live.DeletionTimestamp < definition.CreationTimestamp + ClockDifference;
}

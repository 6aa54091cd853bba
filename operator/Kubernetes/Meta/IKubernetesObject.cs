namespace Berth.Kubernetes;

/// <summary>Anything the API server stores or lists: it names its own group, version and kind.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version, <c>group/version</c>, or the version alone for the core group.</summary>
    string? ApiVersion { get; set; }

    /// <summary>The kind, in CamelCase and singular.</summary>
    string? Kind { get; set; }
}

/// <summary>An object with metadata of its own.</summary>
public interface IKubernetesObject<TMetadata> : IKubernetesObject
{
    /// <summary>The object's (or list's) metadata.</summary>
    TMetadata Metadata { get; set; }
}

/// <summary>An object whose desired state is a <typeparamref name="TSpec"/>.</summary>
public interface ISpec<TSpec>
{
    /// <summary>The desired state.</summary>
    TSpec Spec { get; set; }
}

/// <summary>An object that reports its observed state as a <typeparamref name="TStatus"/>.</summary>
public interface IStatus<TStatus>
{
    /// <summary>The observed state; null until somebody has written it.</summary>
    TStatus? Status { get; set; }
}

/// <summary>A status that follows the Kubernetes API conventions: a generation it speaks of and a list of conditions.</summary>
public interface IConditionedStatus
{
    /// <summary>The generation that this status speaks of; -1 when nobody has looked at the object yet.</summary>
    long? ObservedGeneration { get; set; }

    /// <summary>The conditions, at most one of each type.</summary>
    IList<Condition>? Conditions { get; set; }
}

/// <summary>An object that tells which fields of its spec this build does not know: somebody wrote them for a newer one.</summary>
public interface IUnknownFields
{
    /// <summary>Paths such as <c>spec.disks[1].colour</c>, found when the object was read; the fields themselves stay at the API server.</summary>
    IReadOnlyList<string> UnknownFields { get; set; }
}

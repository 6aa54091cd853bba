using System.Text.Json.Serialization;

namespace Berth.Kubernetes;

/// <summary>A pod, as far as Berth makes and reads them. Partial: apply or patch it, never PUT it.</summary>
[KubernetesEntity(ApiVersion = "v1", Kind = "Pod", PluralName = "pods")]
public sealed record V1Pod : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public V1PodSpec Spec { get; set; } = new();

    public V1PodStatus? Status { get; set; }
}

/// <summary>A pod's spec.</summary>
public sealed record V1PodSpec
{
    public IList<V1Container>? Containers { get; set; }

    public string? NodeName { get; set; }

    public IDictionary<string, string>? NodeSelector { get; set; }

    public V1Affinity? Affinity { get; set; }

    public IList<V1Toleration>? Tolerations { get; set; }

    public IList<V1TopologySpreadConstraint>? TopologySpreadConstraints { get; set; }

    public string? PriorityClassName { get; set; }

    public string? SchedulerName { get; set; }

    public string? RestartPolicy { get; set; }

    public string? ServiceAccountName { get; set; }

    public bool? AutomountServiceAccountToken { get; set; }

    public bool? EnableServiceLinks { get; set; }

    public long? TerminationGracePeriodSeconds { get; set; }

    public V1PodSecurityContext? SecurityContext { get; set; }
}

/// <summary>A container of a pod.</summary>
public sealed record V1Container
{
    public string Name { get; set; } = "";

    public string? Image { get; set; }

    public string? ImagePullPolicy { get; set; }

    public V1ResourceRequirements? Resources { get; set; }

    public V1ContainerSecurityContext? SecurityContext { get; set; }
}

/// <summary>Requests and limits by resource name.</summary>
public sealed record V1ResourceRequirements
{
    public IDictionary<string, Quantity>? Requests { get; set; }

    public IDictionary<string, Quantity>? Limits { get; set; }
}

/// <summary>Security settings of a pod.</summary>
public sealed record V1PodSecurityContext
{
    public bool? RunAsNonRoot { get; set; }

    public long? RunAsUser { get; set; }

    public V1SeccompProfile? SeccompProfile { get; set; }
}

/// <summary>Security settings of a container.</summary>
public sealed record V1ContainerSecurityContext
{
    public bool? AllowPrivilegeEscalation { get; set; }

    public bool? ReadOnlyRootFilesystem { get; set; }

    public V1Capabilities? Capabilities { get; set; }
}

/// <summary>Capabilities added to or dropped from a container.</summary>
public sealed record V1Capabilities
{
    public IList<string>? Add { get; set; }

    public IList<string>? Drop { get; set; }
}

/// <summary>A seccomp profile.</summary>
public sealed record V1SeccompProfile
{
    public string Type { get; set; } = "";
}

/// <summary>A pod's status.</summary>
public sealed record V1PodStatus
{
    public string? Phase { get; set; }

    public string? Reason { get; set; }

    public string? Message { get; set; }

    public string? PodIP { get; set; }

    public IList<V1PodCondition>? Conditions { get; set; }
}

/// <summary>A condition of a pod.</summary>
public sealed record V1PodCondition
{
    public string Type { get; set; } = "";

    public string Status { get; set; } = "";

    public string? Reason { get; set; }

    public string? Message { get; set; }

    [JsonPropertyName("lastTransitionTime")]
    public DateTimeOffset? LastTransitionTime { get; set; }
}

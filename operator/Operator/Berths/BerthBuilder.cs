using System.Security.Cryptography;
using System.Text.Json;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Berths;

/// <summary>Builds the pod that holds a VM's place. Pure: the same request gives the same pod.</summary>
internal sealed class BerthBuilder(BerthOptions options)
{
    // The user that the pause image itself runs as.
    private const long PauseUser = 65535;

    public V1Pod Build(BerthRequest request)
    {
        var spec = Spec(request);
        return new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                Name = BerthNames.Of(request.Machine, request.Epoch),
                NamespaceProperty = request.Machine.Namespace(),
                Labels = new Dictionary<string, string>
                {
                    [BerthLabels.VirtualMachine] = request.Machine.Name(),
                    ["sidecar.istio.io/inject"] = "false",
                    ["kuma.io/sidecar-injection"] = "disabled",
                },
                Annotations = new Dictionary<string, string>
                {
                    [BerthNames.TemplateAnnotation] = Digest(spec),
                    ["sidecar.istio.io/inject"] = "false",
                    ["linkerd.io/inject"] = "disabled",
                    ["consul.hashicorp.com/connect-inject"] = "false",
                },
                OwnerReferences = [request.Machine.OwnerReference()],
            },
            Spec = spec,
        };
    }

    /// <summary>True when the pod was made with the spec that this one has.</summary>
    public static bool IsSameTemplate(V1Pod made, V1Pod wanted) =>
        made.Annotation(BerthNames.TemplateAnnotation) == wanted.Annotation(BerthNames.TemplateAnnotation);

    private V1PodSpec Spec(BerthRequest request)
    {
        var placement = request.Machine.Spec.Placement;
        return new V1PodSpec
        {
            Containers = [Pause(request.Machine.Spec)],
            NodeSelector = BerthPlacement.NodeSelector(request),
            Affinity = BerthPlacement.Affinity(request),
            Tolerations = BerthTolerations.For(request),
            TopologySpreadConstraints = placement?.TopologySpreadConstraints,
            PriorityClassName = NullIfEmpty(placement?.PriorityClassName),
            SchedulerName = NullIfEmpty(placement?.SchedulerName),
            RestartPolicy = "Always",
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,

            // The pause process has nothing to finish; and a berth of a node whose kubelet is dead must still be deletable.
            TerminationGracePeriodSeconds = 0,
            SecurityContext = new V1PodSecurityContext
            {
                RunAsNonRoot = true,
                RunAsUser = PauseUser,
                SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
            },
        };
    }

    private V1Container Pause(VirtualMachineSpec spec)
    {
        var memory = BerthOverhead.Memory(spec);
        return new V1Container
        {
            Name = "berth",
            Image = options.PauseImage,
            ImagePullPolicy = "IfNotPresent",
            Resources = new V1ResourceRequirements
            {
                Requests = new SortedDictionary<string, Quantity>(StringComparer.Ordinal)
                {
                    ["cpu"] = BerthOverhead.Cpu(spec, options.CpuAllocationRatio),
                    ["memory"] = memory,
                },
                Limits = new SortedDictionary<string, Quantity>(StringComparer.Ordinal) { ["memory"] = memory },
            },
            SecurityContext = new V1ContainerSecurityContext
            {
                AllowPrivilegeEscalation = false,
                ReadOnlyRootFilesystem = true,
                Capabilities = new V1Capabilities { Drop = ["ALL"] },
            },
        };
    }

    private static string Digest(V1PodSpec spec)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(spec, KubernetesJsonContext.Default.V1PodSpec);
        return Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 8));
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

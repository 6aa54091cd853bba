using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Rules of <c>spec.placement</c>: what the API server would refuse in the berth.</summary>
internal static class PlacementRules
{
    private const string Field = "spec.placement";

    public static void Check(VirtualMachineSpec spec, FieldFindings findings)
    {
        if (spec.Placement is not { } placement)
        {
            return;
        }

        findings.Labels($"{Field}.nodeSelector", placement.NodeSelector);
        findings.ObjectName($"{Field}.priorityClassName", placement.PriorityClassName, "a PriorityClass", required: false);
        findings.ObjectName($"{Field}.schedulerName", placement.SchedulerName, "a scheduler", required: false);
        CheckTolerations(placement, findings);
        CheckSpread(placement, findings);
        CheckNodeAffinity(placement.Affinity?.NodeAffinity, findings);
        CheckPodAffinity($"{Field}.affinity.podAffinity", placement.Affinity?.PodAffinity, findings);
        CheckPodAffinity($"{Field}.affinity.podAntiAffinity", placement.Affinity?.PodAntiAffinity, findings);
    }

    private static void CheckTolerations(Placement placement, FieldFindings findings)
    {
        foreach (var (toleration, path) in FieldPath.Items($"{Field}.tolerations", placement.Tolerations))
        {
            if (toleration is null)
            {
                findings.Invalid(path, "is null; remove it.");
                continue;
            }

            var exists = toleration.OperatorProperty == "Exists";
            findings.OneOf($"{path}.operator", toleration.OperatorProperty, "", "Exists", "Equal");
            findings.OneOf($"{path}.effect", toleration.Effect, "", "NoSchedule", "PreferNoSchedule", "NoExecute");
            if (string.IsNullOrEmpty(toleration.Key) ? !exists : !FieldText.IsLabelKey(toleration.Key))
            {
                findings.Invalid($"{path}.key", $"{FieldText.Quoted(toleration.Key)} is not the key of a taint; it may be empty only with operator Exists.");
            }

            if (exists ? !string.IsNullOrEmpty(toleration.Value) : !FieldText.IsLabelValue(toleration.Value))
            {
                findings.Invalid($"{path}.value", exists ? "must be empty with operator Exists." : $"{FieldText.Quoted(toleration.Value)} is not the value of a taint.");
            }

            if (toleration.TolerationSeconds is not null && toleration.Effect != "NoExecute")
            {
                findings.Invalid($"{path}.effect", "must be NoExecute when tolerationSeconds is given.");
            }
        }
    }

    private static void CheckSpread(Placement placement, FieldFindings findings)
    {
        var seen = new HashSet<(string?, string?)>();
        foreach (var (constraint, path) in FieldPath.Items($"{Field}.topologySpreadConstraints", placement.TopologySpreadConstraints))
        {
            findings.Range($"{path}.maxSkew", constraint?.MaxSkew ?? 0, 1, int.MaxValue);
            CheckTopologyKey(path, constraint?.TopologyKey, findings);
            findings.OneOf($"{path}.whenUnsatisfiable", constraint?.WhenUnsatisfiable ?? "", "DoNotSchedule", "ScheduleAnyway");
            findings.LabelSelector($"{path}.labelSelector", constraint?.LabelSelector);
            if (!seen.Add((constraint?.TopologyKey, constraint?.WhenUnsatisfiable)))
            {
                findings.Invalid(path, "has the same topologyKey and whenUnsatisfiable as another constraint.");
            }
        }
    }

    private static void CheckNodeAffinity(V1NodeAffinity? affinity, FieldFindings findings)
    {
        var required = $"{Field}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
        if (affinity?.RequiredDuringSchedulingIgnoredDuringExecution is { } selector)
        {
            if (selector.NodeSelectorTerms is not { Count: > 0 })
            {
                findings.Invalid($"{required}.nodeSelectorTerms", "is empty; give at least one term.");
            }

            foreach (var (term, path) in FieldPath.Items($"{required}.nodeSelectorTerms", selector.NodeSelectorTerms))
            {
                findings.NodeSelectorTerm(path, term);
            }
        }

        var preferred = $"{Field}.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution";
        foreach (var (term, path) in FieldPath.Items(preferred, affinity?.PreferredDuringSchedulingIgnoredDuringExecution))
        {
            findings.Range($"{path}.weight", term?.Weight ?? 0, 1, 100);
            findings.NodeSelectorTerm($"{path}.preference", term?.Preference);
        }
    }

    private static void CheckPodAffinity(string field, V1PodAffinity? affinity, FieldFindings findings)
    {
        var required = $"{field}.requiredDuringSchedulingIgnoredDuringExecution";
        foreach (var (term, path) in FieldPath.Items(required, affinity?.RequiredDuringSchedulingIgnoredDuringExecution))
        {
            CheckPodTerm(path, term, findings);
        }

        var preferred = $"{field}.preferredDuringSchedulingIgnoredDuringExecution";
        foreach (var (weighted, path) in FieldPath.Items(preferred, affinity?.PreferredDuringSchedulingIgnoredDuringExecution))
        {
            findings.Range($"{path}.weight", weighted?.Weight ?? 0, 1, 100);
            CheckPodTerm($"{path}.podAffinityTerm", weighted?.PodAffinityTerm, findings);
        }
    }

    private static void CheckPodTerm(string path, V1PodAffinityTerm? term, FieldFindings findings)
    {
        CheckTopologyKey(path, term?.TopologyKey, findings);
        findings.LabelSelector($"{path}.labelSelector", term?.LabelSelector);
        foreach (var (name, at) in FieldPath.Items($"{path}.namespaces", term?.Namespaces))
        {
            if (!FieldText.IsDnsLabel(name))
            {
                findings.Invalid(at, $"{FieldText.Quoted(name)} is not the name of a namespace.");
            }
        }
    }

    private static void CheckTopologyKey(string path, string? key, FieldFindings findings)
    {
        if (!FieldText.IsLabelKey(key))
        {
            findings.Invalid($"{path}.topologyKey", $"{FieldText.Quoted(key)} is not the key of a node label, such as kubernetes.io/hostname.");
        }
    }
}

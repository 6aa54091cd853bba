using System.Text.Json;
using Berth.Api;
using Berth.Operator.Admission;

namespace Berth.Operator.Agents;

/// <summary>The fields of one kind's status that agents write, and the conditions among them. A field that stands in no list is not theirs; a test sees to it that each stands in one.</summary>
internal sealed record AgentFields(IReadOnlySet<string> Fields, IReadOnlySet<string> Conditions)
{
    private const string ConditionList = "conditions";

    /// <summary>Of VirtualMachines.</summary>
    public static readonly AgentFields VirtualMachine = new(
        new HashSet<string>
        {
            "observedGeneration", "state", "releasedEpoch", "nodeName", "startedAt", "restartedAt", "restarts", "completion", "domain", "interfaces", "volumes", ConditionList,
        },
        new HashSet<string>
        {
            ConditionTypes.Ready, ConditionTypes.Reconciling, ConditionTypes.Stalled,
            VirtualMachineConditions.StorageReady, VirtualMachineConditions.NetworkReady, VirtualMachineConditions.RestartRequired, VirtualMachineConditions.LiveMigratable, VirtualMachineConditions.UnknownFields,
        });

    /// <summary>Of StorageVolumes.</summary>
    public static readonly AgentFields StorageVolume = new(
        new HashSet<string> { "observedGeneration", "state", "releasedEpoch", "nodeName", "pool", "path", "format", "capacity", "imageDigest", "createdAt", ConditionList },
        new HashSet<string> { ConditionTypes.Ready, ConditionTypes.Reconciling, ConditionTypes.Stalled });

    /// <summary>Of the node's Hypervisor. Of releases an agent takes out only, which is looked at apart.</summary>
    public static readonly AgentFields Hypervisor = new(
        new HashSet<string>
        {
            "observedGeneration", "apiLevel", "machineId", "bootId", "accelerator", "versions", "capacity", "domains", "pools", "images", "omittedImages", "networks",
            "lockManager", "orphans", "unmanaged", "releases", ConditionList,
        },
        new HashSet<string>(HypervisorConditions.Setup)
        {
            ConditionTypes.Ready, ConditionTypes.Reconciling, ConditionTypes.Stalled,
            HypervisorConditions.LibvirtAvailable, HypervisorConditions.AcceleratorAvailable, HypervisorConditions.OrphanDomains, HypervisorConditions.MemoryOvercommitted,
            HypervisorConditions.GuestsProtected,
        });

    /// <summary>Names the first difference that is not an agent's to make; null when there is none.</summary>
    public string? Refusal(JsonElement old, JsonElement fresh)
    {
        var field = Names(old).Union(Names(fresh)).FirstOrDefault(name => !Fields.Contains(name) && Differ(AdmittedObject.At(old, name), AdmittedObject.At(fresh, name)));
        return field is not null ? $"status.{field}: is not for an agent to write." : RefusalOfConditions(Others(old), Others(fresh));
    }

    private static string? RefusalOfConditions(ILookup<string, JsonElement> old, ILookup<string, JsonElement> fresh) =>
        old.Concat(fresh).Select(type => type.Key).FirstOrDefault(type => !AreSame(old[type], fresh[type])) is { } different
            ? $"status.conditions[{different}]: is not for an agent to write."
            : null;

    /// <summary>The conditions that are not an agent's, by type. One without a type is nobody's.</summary>
    private ILookup<string, JsonElement> Others(JsonElement status) =>
        (AdmittedObject.At(status, ConditionList) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().ToArray() : [])
        .Select(condition => (Type: AdmittedObject.At(condition, "type") is { ValueKind: JsonValueKind.String } type ? type.GetString()! : "", Condition: condition))
        .Where(item => !Conditions.Contains(item.Type))
        .ToLookup(item => item.Type, item => item.Condition, StringComparer.Ordinal);

    // Both, in their number too: a type that stands there twice is read as either.
    private static bool AreSame(IEnumerable<JsonElement> left, IEnumerable<JsonElement> right) =>
        left.Count() == right.Count() && left.Zip(right).All(pair => JsonElement.DeepEquals(pair.First, pair.Second));

    private static IEnumerable<string> Names(JsonElement item) => item.ValueKind == JsonValueKind.Object ? item.EnumerateObject().Select(property => property.Name) : [];

    // What is not there and what is null are the same.
    private static bool Differ(JsonElement left, JsonElement right) =>
        IsNothing(left) || IsNothing(right) ? IsNothing(left) != IsNothing(right) : !JsonElement.DeepEquals(left, right);

    private static bool IsNothing(JsonElement item) => item.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
}

using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>A placement that sets every field there is, valid for a pod, and fitting nowhere.</summary>
internal static class PlacementManifest
{
    public static string Yaml(string priorityClass) =>
        $$"""
          placement:
            nodeSelector: {e2e.example/rack: r1}
            priorityClassName: {{priorityClass}}
            schedulerName: e2e-nobody
            tolerations:
              - {key: e2e.example/fragile, operator: Equal, value: very, effect: NoExecute, tolerationSeconds: 7}
            topologySpreadConstraints:
              - maxSkew: 3
                topologyKey: kubernetes.io/hostname
                whenUnsatisfiable: ScheduleAnyway
                labelSelector: {{Selector}}
            affinity:
              nodeAffinity:
                requiredDuringSchedulingIgnoredDuringExecution:
                  nodeSelectorTerms:
                    - matchExpressions: [{key: e2e.example/cpu, operator: In, values: [big]}]
                      matchFields: [{key: metadata.name, operator: In, values: [node-77]}]
                preferredDuringSchedulingIgnoredDuringExecution:
                  - weight: 11
                    preference:
                      matchExpressions: [{key: e2e.example/disk, operator: In, values: [fast]}]
                      matchFields: [{key: metadata.name, operator: NotIn, values: [node-78]}]
              podAffinity:
          {{PodTerms(12)}}
              podAntiAffinity:
          {{PodTerms(13)}}
          """;

    /// <summary>True when all that <paramref name="part"/> says is also said by <paramref name="whole"/>; what Berth adds does not count.</summary>
    public static bool IsPartOf(JsonNode? part, JsonNode? whole) => (part, whole) switch
    {
        (JsonObject left, JsonObject right) => left.All(member => IsPartOf(member.Value, right[member.Key])),
        (JsonArray left, JsonArray right) => left.All(item => right.Any(other => IsPartOf(item, other))),
        _ => JsonNode.DeepEquals(part, whole),
    };

    private const string Selector = "{matchLabels: {berth.dev/vm: other}, matchExpressions: [{key: berth.dev/vm, operator: In, values: [other, another]}]}";

    private static string PodTerms(int weight) =>
        $$"""
                requiredDuringSchedulingIgnoredDuringExecution:
                  - topologyKey: kubernetes.io/hostname
                    namespaces: [elsewhere]
                    labelSelector: {{Selector}}
                preferredDuringSchedulingIgnoredDuringExecution:
                  - weight: {{weight}}
                    podAffinityTerm:
                      topologyKey: kubernetes.io/hostname
                      namespaces: [elsewhere]
                      labelSelector: {{Selector}}
          """;
}

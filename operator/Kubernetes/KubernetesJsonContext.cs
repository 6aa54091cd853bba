using System.Text.Json.Serialization;

namespace Berth.Kubernetes;

/// <summary>JSON of the built-in kinds: camelCase, nulls left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(V1Pod))]
[JsonSerializable(typeof(KubernetesList<V1Pod>))]
[JsonSerializable(typeof(V1Node))]
[JsonSerializable(typeof(KubernetesList<V1Node>))]
[JsonSerializable(typeof(V1Namespace))]
[JsonSerializable(typeof(KubernetesList<V1Namespace>))]
[JsonSerializable(typeof(V1CustomResourceDefinition))]
[JsonSerializable(typeof(KubernetesList<V1CustomResourceDefinition>))]
[JsonSerializable(typeof(V1Secret))]
[JsonSerializable(typeof(KubernetesList<V1Secret>))]
[JsonSerializable(typeof(V1ConfigMap))]
[JsonSerializable(typeof(KubernetesList<V1ConfigMap>))]
[JsonSerializable(typeof(V1Lease))]
[JsonSerializable(typeof(KubernetesList<V1Lease>))]
[JsonSerializable(typeof(V1PodDisruptionBudget))]
[JsonSerializable(typeof(KubernetesList<V1PodDisruptionBudget>))]
[JsonSerializable(typeof(V1Beta1PodDisruptionBudget))]
[JsonSerializable(typeof(KubernetesList<V1Beta1PodDisruptionBudget>))]
[JsonSerializable(typeof(V1ValidatingWebhookConfiguration))]
[JsonSerializable(typeof(KubernetesList<V1ValidatingWebhookConfiguration>))]
[JsonSerializable(typeof(V1MutatingWebhookConfiguration))]
[JsonSerializable(typeof(KubernetesList<V1MutatingWebhookConfiguration>))]
[JsonSerializable(typeof(CoreEvent))]
[JsonSerializable(typeof(KubernetesList<CoreEvent>))]
[JsonSerializable(typeof(V1Status))]
[JsonSerializable(typeof(IList<Condition>))]
public sealed partial class KubernetesJsonContext : JsonSerializerContext;

using System.Text.Json.Serialization;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>JSON of Berth's kinds, and of what agents and operator say to each other: camelCase, nulls left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(VirtualMachine))]
[JsonSerializable(typeof(KubernetesList<VirtualMachine>))]
[JsonSerializable(typeof(StoragePool))]
[JsonSerializable(typeof(KubernetesList<StoragePool>))]
[JsonSerializable(typeof(StorageVolume))]
[JsonSerializable(typeof(KubernetesList<StorageVolume>))]
[JsonSerializable(typeof(Image))]
[JsonSerializable(typeof(KubernetesList<Image>))]
[JsonSerializable(typeof(VirtualNetwork))]
[JsonSerializable(typeof(KubernetesList<VirtualNetwork>))]
[JsonSerializable(typeof(Hypervisor))]
[JsonSerializable(typeof(KubernetesList<Hypervisor>))]
[JsonSerializable(typeof(AgentCertificateRequest))]
[JsonSerializable(typeof(AgentCertificateResponse))]
[JsonSerializable(typeof(UserDataRequest))]
[JsonSerializable(typeof(OperatorRefusal))]
public sealed partial class ApiJsonContext : JsonSerializerContext;

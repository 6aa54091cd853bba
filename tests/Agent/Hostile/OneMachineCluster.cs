using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.StorageVolumes;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.Runtime.Client;
using Berth.Runtime.Store;
using Berth.Testing.ApiServer;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>API server and stores of one VM at a time, without a network between: for a hundred thousand of them. Whatever volume is asked for is there, and made.</summary>
internal sealed class OneMachineCluster(JsonSerializerOptions json, string pool) : IKubernetesClient, IObjectStore<VirtualMachine>, IObjectStore<StorageVolume>
{
    private int _version;

    public VirtualMachine? Machine { get; private set; }

    public string FieldManager => BerthFieldManagers.Agent;

    public JsonSerializerOptions JsonOptions => json;

    public bool HasSynced => true;

    public int Count => Machine is null ? 0 : 1;

    public void Put(VirtualMachine? machine) =>
        Machine = machine is null ? null : machine with { Metadata = machine.Metadata with { ResourceVersion = $"{++_version}" } };

    public Task<T?> GetAsync<T>(string name, string? @namespace, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Task.FromResult(typeof(T) == typeof(VirtualMachine) ? (T?)(object?)Machine
            : typeof(T) == typeof(V1Namespace) ? (T)(object)new V1Namespace { Metadata = new V1ObjectMeta { Name = name, Uid = VirtualMachineBench.Cluster } }
            : typeof(T) == typeof(V1CustomResourceDefinition) ? (T)(object)new V1CustomResourceDefinition { Metadata = new V1ObjectMeta { Name = name } }
            : throw new NotSupportedException($"{typeof(T).Name} is not asked for"));

    // Through JSON, as it would go over the wire: text that cannot must be found here.
    public Task<T> MergePatchAsync<T>(string name, string? @namespace, JsonObject patch, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        Assert.Equal(("status", Machine!.Metadata.ResourceVersion), (subresource, patch["metadata"]!["resourceVersion"]!.ToString()));
        var status = (JsonObject)JsonSerializer.SerializeToNode(Machine.Status, json.GetTypeInfo(typeof(VirtualMachineStatus)))!;
        JsonEdit.MergePatch(status, (JsonObject)JsonNode.Parse(patch["status"]!.ToJsonString())!);
        Put(Machine with { Status = (VirtualMachineStatus)status.Deserialize(json.GetTypeInfo(typeof(VirtualMachineStatus)))! });
        return Task.FromResult((T)(object)Machine!);
    }

    VirtualMachine? IObjectStore<VirtualMachine>.Get(ObjectKey key) => Machine;

    StorageVolume? IObjectStore<StorageVolume>.Get(ObjectKey key)
    {
        var volume = new StorageVolume
        {
            Metadata = new V1ObjectMeta
            {
                Name = key.Name,
                NamespaceProperty = key.Namespace,
                Uid = "0123abcd-0000-4000-8000-000000000000",
                OwnerReferences = [new V1OwnerReference { ApiVersion = EntityInfo.Of<VirtualMachine>().GroupVersion, Kind = "VirtualMachine", Name = Machine!.Name(), Uid = Machine!.Uid(), Controller = true }],
            },
            Spec = new StorageVolumeSpec { Format = "qcow2" },
        };
        return volume with
        {
            Status = new StorageVolumeStatus { Path = Path.Combine(pool, VolumePlan.NameOf(volume)), Conditions = [Condition.True(ConditionTypes.Ready, "Available")] },
        };
    }

    void IObjectStore<VirtualMachine>.Observe(VirtualMachine entity)
    {
    }

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task<KubernetesList<T>> IKubernetesClient.ListAsync<T>(ListOptions options, CancellationToken cancellationToken) => throw NotAsked();

    IAsyncEnumerable<WatchEvent<T>> IKubernetesClient.WatchAsync<T>(WatchOptions options, CancellationToken cancellationToken) => throw NotAsked();

    Task<T> IKubernetesClient.CreateAsync<T>(T entity, CancellationToken cancellationToken) => throw NotAsked();

    Task<T> IKubernetesClient.ApplyAsync<T>(T entity, bool force, CancellationToken cancellationToken) => throw NotAsked();

    Task<bool> IKubernetesClient.DeleteAsync<T>(string name, string? @namespace, DeleteOptions? options, CancellationToken cancellationToken) => throw NotAsked();

    Task<JsonNode?> IKubernetesClient.RequestAsync(RawRequest request, CancellationToken cancellationToken) => throw NotAsked();

    Task<bool> IKubernetesClient.IsServedAsync(string group, string version, string plural, CancellationToken cancellationToken) => throw NotAsked();

    IReadOnlyList<VirtualMachine> IObjectStore<VirtualMachine>.List(string? @namespace) => throw NotAsked();

    IReadOnlyList<VirtualMachine> IObjectStore<VirtualMachine>.ByIndex(string index, string value) => throw NotAsked();

    void IObjectStore<VirtualMachine>.AddIndex(string index, Func<VirtualMachine, IEnumerable<string>?> valuesOf) => throw NotAsked();

    IDisposable IObjectStore<VirtualMachine>.Subscribe(Action<ObjectChange<VirtualMachine>> onChange) => throw NotAsked();

    IReadOnlyList<StorageVolume> IObjectStore<StorageVolume>.List(string? @namespace) => throw NotAsked();

    IReadOnlyList<StorageVolume> IObjectStore<StorageVolume>.ByIndex(string index, string value) => throw NotAsked();

    void IObjectStore<StorageVolume>.AddIndex(string index, Func<StorageVolume, IEnumerable<string>?> valuesOf) => throw NotAsked();

    IDisposable IObjectStore<StorageVolume>.Subscribe(Action<ObjectChange<StorageVolume>> onChange) => throw NotAsked();

    void IObjectStore<StorageVolume>.Observe(StorageVolume entity) => throw NotAsked();

    // To the reconciler this is a fault, which the test sees as a reason in the status that must not be there.
    private static NotSupportedException NotAsked([CallerMemberName] string what = "") => new($"{what} is not part of a pass");
}

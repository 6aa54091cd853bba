using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.StorageVolumes;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class VolumeOwnershipTests
{
    private const string Here = "node-1";
    private const string There = "node-2";

    [Theory]
    //          label  nodeName executor released ownerBoundTo mine
    [InlineData(Here, null, Here, null, null, true)]
    [InlineData(Here, Here, null, null, null, true)]
    [InlineData(Here, Here, There, null, null, true)]
    [InlineData(Here, null, null, null, Here, true)]
    [InlineData(Here, null, null, null, There, false)]
    [InlineData(Here, null, null, null, null, false)]
    [InlineData(Here, There, Here, null, Here, false)]
    [InlineData(Here, null, There, null, null, false)]
    [InlineData(There, Here, Here, null, Here, false)]
    [InlineData(null, Here, Here, null, Here, false)]
    [InlineData(Here, Here, Here, 1L, null, false)]
    [InlineData(Here, Here, Here, 0L, null, true)]
    [InlineData(Here, Here, null, 0L, null, false)]
    public void Works_on_a_volume_only_where_label_and_status_agree(string? label, string? nodeName, string? executor, long? released, string? ownerBoundTo, bool mine)
    {
        var machine = new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = "web", NamespaceProperty = "shop", Uid = "vm-1", Labels = Labels(ownerBoundTo) },
            Status = new VirtualMachineStatus { Binding = new Binding { NodeName = ownerBoundTo, Epoch = 1 } },
        };
        var volume = new StorageVolume
        {
            Metadata = new V1ObjectMeta
            {
                Name = "web-root",
                NamespaceProperty = "shop",
                Uid = "12345678",
                Labels = Labels(label),
                OwnerReferences = ownerBoundTo is null ? null : [new V1OwnerReference { Kind = "VirtualMachine", Name = "web", Uid = "vm-1", Controller = true }],
            },
            Status = new StorageVolumeStatus
            {
                NodeName = nodeName,
                ReleasedEpoch = released,
                Executor = executor is null ? null : new Binding { NodeName = executor, Epoch = 1 },
            },
        };

        Assert.Equal(mine, new VolumeOwnership(new Machines(machine), new AgentOptions { NodeName = Here }).IsMine(volume));
    }

    private static Dictionary<string, string>? Labels(string? node) => node is null ? null : new() { [BerthLabels.Node] = node };

    private sealed class Machines(VirtualMachine machine) : IObjectStore<VirtualMachine>
    {
        public bool HasSynced => true;

        public int Count => 1;

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public VirtualMachine? Get(ObjectKey key) => key == machine.Key() ? machine : null;

        public IReadOnlyList<VirtualMachine> List(string? @namespace = null) => [machine];

        public IReadOnlyList<VirtualMachine> ByIndex(string index, string value) => throw new NotSupportedException();

        public void AddIndex(string index, Func<VirtualMachine, IEnumerable<string>?> valuesOf) => throw new NotSupportedException();

        public IDisposable Subscribe(Action<ObjectChange<VirtualMachine>> onChange) => throw new NotSupportedException();

        public void Observe(VirtualMachine entity) => throw new NotSupportedException();
    }
}

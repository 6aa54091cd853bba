using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Tests.Metrics;

/// <summary>A store that holds what a test puts into it, for what only lists VMs.</summary>
internal sealed class FixedMachines : IObjectStore<VirtualMachine>
{
    private readonly List<VirtualMachine> _machines = [];

    public bool HasSynced => true;

    public int Count => _machines.Count;

    public void Add(VirtualMachine machine) => _machines.Add(machine);

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public VirtualMachine? Get(ObjectKey key) => _machines.Find(machine => machine.Key() == key);

    public IReadOnlyList<VirtualMachine> List(string? @namespace = null) => [.. _machines];

    public IReadOnlyList<VirtualMachine> ByIndex(string index, string value) => throw new NotSupportedException();

    public void AddIndex(string index, Func<VirtualMachine, IEnumerable<string>?> valuesOf) => throw new NotSupportedException();

    public IDisposable Subscribe(Action<ObjectChange<VirtualMachine>> onChange) => throw new NotSupportedException();

    public void Observe(VirtualMachine entity) => throw new NotSupportedException();
}

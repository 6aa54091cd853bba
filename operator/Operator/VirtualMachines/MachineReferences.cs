using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;

namespace Berth.Operator.VirtualMachines;

/// <summary>Looks up what a VM names.</summary>
internal sealed class MachineReferences(OperatorStores stores)
{
    public ResolvedReferences Resolve(VirtualMachine machine)
    {
        var found = new ResolvedReferences();
        var @namespace = stores.Namespaces.Get(new ObjectKey(null, machine.Namespace() ?? ""));
        foreach (var (kind, name) in MachineReferenceNames.Of(machine))
        {
            switch (kind)
            {
                case ReferenceKind.Image:
                    found.Require(stores.Images.Get(new ObjectKey(null, name)), $"Image \"{name}\" does not exist.");
                    break;
                case ReferenceKind.Network:
                    var network = stores.Networks.Get(new ObjectKey(null, name));
                    found.Add(network, network?.Spec.AllowedNamespaces, network?.Spec.NodeSelector, @namespace, $"VirtualNetwork \"{name}\"");
                    break;
                case ReferenceKind.Pool:
                    var pool = stores.Pool(name);
                    found.Add(pool, pool?.Spec.AllowedNamespaces, pool?.Spec.NodeSelector, @namespace, Describe(name));
                    break;
                default:
                    found.Require(stores.Volumes.Get(new ObjectKey(machine.Namespace(), name)), $"StorageVolume \"{name}\" does not exist.");
                    break;
            }
        }

        return found;
    }

    private static string Describe(string pool) =>
        pool.Length == 0 ? $"A default StoragePool (annotation {BerthAnnotations.DefaultPool}: \"true\")" : $"StoragePool \"{pool}\"";
}

/// <summary>What a VM's references have come to.</summary>
internal sealed class ResolvedReferences
{
    private readonly List<string> _missing = [];
    private readonly List<string> _forbidden = [];
    private readonly List<IDictionary<string, string>> _nodeSelectors = [];

    /// <summary>A sentence for each object that does not exist.</summary>
    public IReadOnlyList<string> Missing => _missing;

    /// <summary>A sentence for each object that the VM's namespace may not use.</summary>
    public IReadOnlyList<string> Forbidden => _forbidden;

    /// <summary>Labels that the found pools and networks ask of a node.</summary>
    public IReadOnlyList<IDictionary<string, string>> NodeSelectors => _nodeSelectors;

    internal void Require(object? found, string missing)
    {
        if (found is null)
        {
            _missing.Add(missing);
        }
    }

    internal void Add(object? found, AllowedNamespaces? allowed, IDictionary<string, string>? nodeSelector, V1Namespace? @namespace, string what)
    {
        Require(found, $"{what} does not exist.");
        if (found is not null && !LabelMatch.Allows(allowed, @namespace))
        {
            _forbidden.Add($"{what} may not be used from this namespace.");
        }

        if (nodeSelector is { Count: > 0 })
        {
            _nodeSelectors.Add(nodeSelector);
        }
    }
}

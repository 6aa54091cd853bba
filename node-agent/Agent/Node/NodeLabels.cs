using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.NodeAgent.Node;

/// <summary>Decides by this node's labels which cluster-wide things it has.</summary>
internal sealed class NodeLabels(IObjectStore<V1Node> nodes, AgentOptions options)
{
    /// <summary>Whether the selector means this node; null while the node's labels are not known.</summary>
    public bool? Match(IDictionary<string, string>? selector) =>
        selector is null or { Count: 0 } ? true
        : nodes.Get(new ObjectKey(null, options.NodeName)) is not { } node ? null
        : selector.All(pair => node.Label(pair.Key) == pair.Value);
}

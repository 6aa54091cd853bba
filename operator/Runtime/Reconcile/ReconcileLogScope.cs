using System.Collections;
using Berth.Kubernetes;

namespace Berth.Runtime.Reconcile;

/// <summary>What every log line of a pass carries.</summary>
internal sealed class ReconcileLogScope(long reconcileId, string controller, ObjectKey key) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("reconcileId", reconcileId),
        1 => new("controller", controller),
        2 => new("namespace", key.Namespace),
        3 => new("name", key.Name),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    public override string ToString() => $"{controller} {key} #{reconcileId}";

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

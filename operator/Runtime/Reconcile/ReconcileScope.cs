using Berth.Kubernetes;

namespace Berth.Runtime.Reconcile;

/// <summary>What one pass knows: the object, and what its steps have read. Made anew for each pass.</summary>
public abstract class ReconcileScope<TEntity>(TEntity entity)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The object. Shared with the store: never change it; a step that patches it puts the server's answer here.</summary>
    public TEntity Entity { get; set; } = entity;

    /// <summary>The generation that this pass looks at, and that its status speaks of, whatever arrives meanwhile.</summary>
    public long Generation { get; } = entity.Metadata.Generation ?? 0;

    public ObjectKey Key { get; } = entity.Key();
}

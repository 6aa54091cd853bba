using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Berths;
using Berth.Runtime.Hosting;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Cluster;

/// <summary>Registers the informers and the stores they feed.</summary>
internal static class ClusterServices
{
    public static IServiceCollection AddCluster(this IServiceCollection services) => services
        .AddInformer<VirtualMachine>()
        .AddInformer(new InformerOptions<V1Pod> { LabelSelector = BerthLabels.VirtualMachine, Transform = BerthState.Trim })
        .AddInformer<StorageVolume>()
        .AddInformer<StoragePool>()
        .AddInformer<Image>()
        .AddInformer<VirtualNetwork>()
        .AddInformer<Hypervisor>()
        .AddInformer(new InformerOptions<V1Node> { Transform = TrimNode })
        .AddInformer<V1Namespace>()
        .AddSingleton(provider => new OperatorStores(
            Store<VirtualMachine>(provider),
            Store<V1Pod>(provider),
            Store<StorageVolume>(provider),
            Store<StoragePool>(provider),
            Store<Image>(provider),
            Store<VirtualNetwork>(provider),
            Store<Hypervisor>(provider),
            Store<V1Node>(provider),
            Store<V1Namespace>(provider)).WithIndexes());

    /// <summary>Only labels and taints of nodes are read.</summary>
    private static V1Node TrimNode(V1Node node) => node with { Metadata = node.Metadata with { Annotations = null }, Status = null };

    private static IObjectStore<T> Store<T>(IServiceProvider provider)
        where T : class, IKubernetesObject<V1ObjectMeta> => provider.GetRequiredService<IObjectStore<T>>();
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Images;

/// <summary>Registers the controller of images, and what wakes it.</summary>
internal static class ImageServices
{
    public static IServiceCollection AddImages(this IServiceCollection services) => services
        .AddSingleton<ImageReconciler>()
        .AddController<Image, ImageStatus, ImageScope>(
            provider => provider.GetRequiredService<ImageReconciler>(),
            (controller, provider) =>
            {
                var stores = provider.GetRequiredService<OperatorStores>();
                controller
                    .WatchHosts(stores, stores.Images, status => status.Images)
                    .Watch(
                        stores.Pools,
                        pool => stores.Images.List().Where(image => image.Spec.Pools?.Contains(pool.Name()) == true).Select(image => image.Key()),
                        change => change.Old?.Metadata.Generation != change.New?.Metadata.Generation);
            });
}

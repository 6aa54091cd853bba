using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Hosting;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.NodeAgent.Images;

/// <summary>Registers what fetches images and removes them.</summary>
internal static class ImageServices
{
    private const string ControllerName = "image";
    private const string SweepName = "image-sweep";

    // What no event tells of (a domain that ended, a volume of another maker) is found within this time.
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMinutes(10);

    /// <summary>Adds the images' store and controllers; needs the pools'.</summary>
    public static IServiceCollection AddImages(this IServiceCollection services)
    {
        services.AddInformer<Image>();
        services.AddSingleton(provider => new WebImages(provider.GetRequiredService<AgentOptions>()));
        services.AddSingleton<ImageFetcher>();
        services.AddSingleton<ImageCopies>();
        services.AddSingleton<IImageCopies>(provider => provider.GetRequiredService<ImageCopies>());
        services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredService<ImageCopies>());
        services.AddSingleton<ImageReconciler>();
        services.AddSingleton<ImageSweep>();
        services.AddController(ControllerName, provider => provider.GetRequiredService<ImageReconciler>(), WatchImages);
        return services.AddController(
            SweepName, provider => provider.GetRequiredService<ImageSweep>(), WatchLeavings, new ControllerOptions { MaxConcurrentReconciles = 1, ResyncPeriod = SweepPeriod });
    }

    private static void WatchImages(Controller controller, IServiceProvider provider)
    {
        var images = provider.GetRequiredService<IObjectStore<Image>>();
        controller.Watch(images);
        OnPoolChange(provider, _ =>
        {
            foreach (var image in images.List())
            {
                controller.Enqueue(image.Key());
            }
        });
    }

    private static void WatchLeavings(Controller controller, IServiceProvider provider)
    {
        var pools = provider.GetRequiredService<LocalPools>();
        IEnumerable<ObjectKey> AllPools() => pools.All.Select(pool => new ObjectKey(null, pool.Name));
        controller.Watch(provider.GetRequiredService<IObjectStore<Image>>(), _ => AllPools(), change => change.New is null);
        controller.Watch(provider.GetRequiredService<IObjectStore<StorageVolume>>(), _ => AllPools(), change => change.New is null);
        OnPoolChange(provider, controller.Enqueue);
    }

    private static void OnPoolChange(IServiceProvider provider, Action<ObjectKey> wake) =>
        provider.GetRequiredService<NodeReport>().Changed += item =>
        {
            if (item.Kind == NodeReportKind.Pool)
            {
                wake(new ObjectKey(null, item.Name));
            }
        };
}

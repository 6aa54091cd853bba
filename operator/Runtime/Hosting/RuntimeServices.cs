using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Events;
using Berth.Runtime.LeaderElection;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Hosting;

/// <summary>Registers the runtime and what an application builds on it.</summary>
public static class RuntimeServices
{
    /// <summary>Key of the client for what every replica writes, leading or not. No fence holds it back, so each write through it must be safe beside that of another replica.</summary>
    public const string EveryReplica = "every replica";

    private const string ElectionClient = "leader election";

    /// <summary>Adds client, metrics, health, events and the host of background work. The address of the server is a <see cref="KubernetesClientConfiguration"/> that the application adds.</summary>
    public static IServiceCollection AddBerthRuntime(this IServiceCollection services, KubernetesClientConfiguration configuration, RuntimeOptions options)
    {
        services.AddSingleton(configuration);
        services.AddSingleton(options.Client);
        services.AddSingleton(options.Events);
        services.AddSingleton(options.Diagnostics);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MetricFactory>();
        services.TryAddSingleton<HealthChecks>();
        services.TryAddSingleton<IKubernetesClient, KubernetesClient>();
        services.AddKeyedSingleton<IKubernetesClient>(EveryReplica, (provider, _) => UnfencedClient(provider));
        services.TryAddSingleton<EventPublisher>();
        services.AddHostedService(provider => provider.GetRequiredService<EventPublisher>());
        services.AddHostedService<DiagnosticsServer>();
        services.AddHostedService<BackgroundWorkHost>();
        return services;
    }

    /// <summary>Lets this process do its background work, and write anything but the Lease and what goes through <see cref="EveryReplica"/>, only while it leads.</summary>
    public static IServiceCollection AddLeaderElection(this IServiceCollection services, LeaderElectionOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<WriteFence>();

        // A client of its own: not fenced, and on connections where a renewal waits behind nothing else.
        services.AddKeyedSingleton<IKubernetesClient>(ElectionClient, (provider, _) => UnfencedClient(provider));
        return services.AddSingleton(provider => new LeaderElector(
            provider.GetRequiredKeyedService<IKubernetesClient>(ElectionClient),
            options,
            provider.GetRequiredService<WriteFence>(),
            provider.GetRequiredService<MetricFactory>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LeaderElector>>()));
    }

    /// <summary>Adds an informer, as <see cref="IObjectStore{T}"/> and as itself; it runs whether this process leads or not. Readiness waits for its first sync.</summary>
    public static IServiceCollection AddInformer<T>(this IServiceCollection services, InformerOptions<T>? options = null)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        services.AddSingleton(options ?? new InformerOptions<T>());
        services.AddSingleton<Informer<T>>();
        services.AddSingleton<IObjectStore<T>>(provider => provider.GetRequiredService<Informer<T>>());
        services.AddSingleton<IRefreshedStore>(provider => provider.GetRequiredService<Informer<T>>());
        services.AddSingleton(provider => ReadinessCheck.Of($"informer {EntityInfo.Of<T>().Plural}", provider.GetRequiredService<Informer<T>>()));
        return services.AddHostedService(provider => provider.GetRequiredService<Informer<T>>());
    }

    /// <summary>Adds a controller for objects with a status of ours: its reconciler (already registered, or made here), the driver and the queue. It watches its own kind; <paramref name="configure"/> adds other watches.</summary>
    public static IServiceCollection AddController<TEntity, TStatus, TScope>(
        this IServiceCollection services,
        Func<IServiceProvider, IReconciler<TEntity, TStatus, TScope>> reconciler,
        Action<Controller, IServiceProvider>? configure = null,
        ControllerOptions? options = null)
        where TEntity : class, IKubernetesObject<V1ObjectMeta>, IStatus<TStatus>
        where TStatus : class, IConditionedStatus, new()
        where TScope : ReconcileScope<TEntity> => services.AddController(
        EntityInfo.Of<TEntity>().Kind.ToLowerInvariant(),
        provider => new ReconcileDriver<TEntity, TStatus, TScope>(
            reconciler(provider),
            provider.GetRequiredService<IObjectStore<TEntity>>(),
            provider.GetRequiredService<IKubernetesClient>(),
            provider.GetService<ReconcileDriverOptions>() ?? new ReconcileDriverOptions(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<EventPublisher>()),
        (controller, provider) =>
        {
            controller.Watch(provider.GetRequiredService<IObjectStore<TEntity>>());
            configure?.Invoke(controller, provider);
        },
        options);

    /// <summary>Adds a controller of any kind of key. It is registered under its name as a keyed <see cref="Controller"/>, for those that wake its keys.</summary>
    public static IServiceCollection AddController(
        this IServiceCollection services,
        string name,
        Func<IServiceProvider, IKeyReconciler> reconciler,
        Action<Controller, IServiceProvider> configure,
        ControllerOptions? options = null)
    {
        services.AddKeyedSingleton(name, (provider, _) =>
        {
            var controller = new Controller(
                name,
                reconciler(provider),
                options ?? new ControllerOptions(),
                provider.GetRequiredService<MetricFactory>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<Controller>>());
            configure(controller, provider);
            return controller;
        });
        return services.AddSingleton<IBackgroundWork>(provider => provider.GetRequiredKeyedService<Controller>(name));
    }

    private static KubernetesClient UnfencedClient(IServiceProvider provider) => new(
        provider.GetRequiredService<KubernetesClientConfiguration>(),
        provider.GetRequiredService<KubernetesClientOptions>(),
        provider.GetRequiredService<MetricFactory>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<KubernetesClient>>());
}

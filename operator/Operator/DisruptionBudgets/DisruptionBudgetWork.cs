using Berth.Kubernetes;
using Berth.Operator.Cluster;
using Berth.Runtime.Client;
using Berth.Runtime.Hosting;
using Berth.Runtime.Metrics;
using Berth.Runtime.Reconcile;
using Berth.Runtime.Store;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.DisruptionBudgets;

/// <summary>Runs the controller of budgets over the API version that the server has: <c>policy/v1</c>, or <c>v1beta1</c> before Kubernetes 1.21.</summary>
internal sealed partial class DisruptionBudgetWork(
    IKubernetesClient client, OperatorStores stores, MetricFactory metrics, TimeProvider time, ILoggerFactory loggers) : IBackgroundWork
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = loggers.CreateLogger<DisruptionBudgetWork>();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await IsV1ServedAsync(cancellationToken))
        {
            await RunAsync<V1PodDisruptionBudget>(
                (metadata, spec) => new() { Metadata = metadata, Spec = spec }, budget => budget.Spec, cancellationToken);
        }
        else
        {
            await RunAsync<V1Beta1PodDisruptionBudget>(
                (metadata, spec) => new() { Metadata = metadata, Spec = spec }, budget => budget.Spec, cancellationToken);
        }
    }

    private async Task RunAsync<TBudget>(
        Func<V1ObjectMeta, V1PodDisruptionBudgetSpec, TBudget> make, Func<TBudget, V1PodDisruptionBudgetSpec> specOf, CancellationToken cancellationToken)
        where TBudget : class, IKubernetesObject<V1ObjectMeta>
    {
        var options = new InformerOptions<TBudget> { FieldSelector = $"metadata.name={DisruptionBudget.Name}" };
        using var budgets = new Informer<TBudget>(client, options, metrics, time, loggers.CreateLogger<Informer<TBudget>>());
        var reconciler = new DisruptionBudgetReconciler<TBudget>(client, stores, budgets, make, specOf, _logger);
        using var controller = new Controller("poddisruptionbudget", reconciler, new ControllerOptions(), metrics, time, loggers.CreateLogger<Controller>());
        controller
            .Watch(stores.Namespaces, @namespace => [@namespace.Key()], change => change.New is not null && change.Old?.Status?.Phase != change.New.Status?.Phase)
            .Watch(stores.Machines, machine => NamespaceOf(machine), change => change.Old is null || change.New is null)
            .Watch(budgets, budget => NamespaceOf(budget));
        await budgets.StartAsync(cancellationToken);
        try
        {
            await controller.RunAsync(cancellationToken);
        }
        finally
        {
            // The work's own token is cancelled by now; the informer has to end all the same.
            await budgets.StopAsync(CancellationToken.None);
        }
    }

    private static IEnumerable<ObjectKey> NamespaceOf(IKubernetesObject<V1ObjectMeta> resource) => [new ObjectKey(null, resource.Namespace() ?? "")];

    private async Task<bool> IsV1ServedAsync(CancellationToken cancellationToken)
    {
        var info = EntityInfo.Of<V1PodDisruptionBudget>();
        while (true)
        {
            try
            {
                return await client.IsServedAsync(info.Group, info.Version, info.Plural, cancellationToken);
            }
            catch (KubernetesException e)
            {
                Log.NotDiscovered(_logger, e);
                await Task.Delay(Retry, time, cancellationToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The API server does not say which version of disruption budgets it has; asking again")]
        public static partial void NotDiscovered(ILogger logger, Exception exception);
    }
}

using Berth.Runtime.LeaderElection;
using Berth.Runtime.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Berth.Runtime.Hosting;

/// <summary>Runs all <see cref="IBackgroundWork"/>, under the leader elector where there is one. A fault of one ends all, and the process.</summary>
internal sealed class BackgroundWorkHost(IServiceProvider services) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => services.GetService<LeaderElector>() is { } elector
        ? elector.RunAsync(LeadAsync, stoppingToken)
        : RunAllAsync(stoppingToken);

    private async Task LeadAsync(CancellationToken cancellationToken)
    {
        // Another may have led until now: what it wrote last is decided upon too, also where our watches lag behind or lie dead.
        await Task.WhenAll(services.GetServices<IRefreshedStore>().Select(store => store.RefreshAsync(cancellationToken)));
        await RunAllAsync(cancellationToken);
    }

    private async Task RunAllAsync(CancellationToken cancellationToken)
    {
        using var fault = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = services.GetServices<IBackgroundWork>().Select(work => work.RunAsync(fault.Token)).ToArray();
        await Task.WhenAny([.. running, Task.Delay(Timeout.InfiniteTimeSpan, fault.Token)]);

        // One has ended, which it must not: the others end too, and the first fault is what the host sees.
        await fault.CancelAsync();
        await Task.WhenAll(running);
    }
}

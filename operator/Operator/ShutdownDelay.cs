using Microsoft.Extensions.Hosting;

namespace Berth.Operator;

/// <summary>Keeps everything going for a while after the process was told to end: until then it is still being found in the operator's Service, and admission that nobody answers is refused.</summary>
internal sealed class ShutdownDelay(TimeSpan delay, TimeProvider time) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        delay > TimeSpan.Zero ? Wait(cancellationToken) : Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Whoever has no more patience with the whole shutdown cuts the wait short, and no part of it fails for that.
    private async Task Wait(CancellationToken cancellationToken) =>
        await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}

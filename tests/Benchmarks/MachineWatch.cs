using System.Threading.Channels;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Benchmarks;

/// <summary>Follows the benchmark's VMs with one watch, so that what is seen is timed when it is seen.</summary>
internal sealed class MachineWatch(IKubernetesClient client) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<WatchEvent<VirtualMachine>> _events = Channel.CreateUnbounded<WatchEvent<VirtualMachine>>();
    private readonly Dictionary<string, VirtualMachine> _machines = [];
    private Task _following = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var list = await client.ListAsync<VirtualMachine>(new() { Namespace = BenchmarkStack.Namespace }, cancellationToken);
        foreach (var machine in list.Items)
        {
            _machines[machine.Name()] = machine;
        }

        _following = FollowAsync(list.Metadata?.ResourceVersion);
    }

    /// <summary>Reads on until all that is known meets the condition.</summary>
    public async Task UntilAsync(string what, Predicate<IReadOnlyDictionary<string, VirtualMachine>> isMet, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        while (!isMet(_machines))
        {
            try
            {
                Take(await _events.Reader.ReadAsync(deadline.Token));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"waited 5 minutes for {what}");
            }
        }
    }

    public Task UntilRunningAsync(string name, CancellationToken cancellationToken) =>
        UntilAsync($"{name} to run", machines => machines.TryGetValue(name, out var machine) && IsRunning(machine), cancellationToken);

    public Task UntilGoneAsync(string name, CancellationToken cancellationToken) =>
        UntilAsync($"{name} to go", machines => !machines.ContainsKey(name), cancellationToken);

    public static bool IsRunning(VirtualMachine machine) => machine.Status?.State == VirtualMachineStates.Running;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private void Take(WatchEvent<VirtualMachine> change)
    {
        if (change is { Type: WatchEventType.Deleted, Object: { } deleted })
        {
            _machines.Remove(deleted.Name());
        }
        else if (change.Object is { } machine)
        {
            _machines[machine.Name()] = machine;
        }
    }

    private async Task FollowAsync(string? version)
    {
        try
        {
            while (true)
            {
                await foreach (var change in client.WatchAsync<VirtualMachine>(
                    new() { Namespace = BenchmarkStack.Namespace, ResourceVersion = version }, _stop.Token))
                {
                    version = change.ResourceVersion ?? version;
                    await _events.Writer.WriteAsync(change, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (KubernetesException e)
        {
            _events.Writer.Complete(e);
        }
    }
}

using Berth.Api;
using Berth.EndToEnd.Tests;
using Berth.Kubernetes;

namespace Berth.Benchmarks;

/// <summary>Writes at the API server for one VM until it is Ready, from the audit log.</summary>
internal sealed class WriteCounts(BenchmarkStack stack, MachineWatch watch)
{
    public async Task<IReadOnlyList<ApiWrite>> MeasureAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        var start = stack.AuditLog.Position;
        await stack.Client.CreateAsync(machine, cancellationToken);
        await watch.UntilRunningAsync(machine.Name(), cancellationToken);
        var writes = await UntilEventAsync(start, machine.Name(), cancellationToken);
        await stack.Client.DeleteAsync<VirtualMachine>(machine.Name(), BenchmarkStack.Namespace, null, cancellationToken);
        await watch.UntilGoneAsync(machine.Name(), cancellationToken);
        return writes;
    }

    /// <summary>True for what the goal counts: the kubelet, the scheduler's events and the user's own create are apart.</summary>
    public static bool IsCounted(ApiWrite write) => write.Writer is "operator" or "agent" or "scheduler" && write is not { Writer: "scheduler", Resource: "events" };

    // The agent's event is its last write for a start.
    private async Task<IReadOnlyList<ApiWrite>> UntilEventAsync(long start, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            var writes = (await stack.AuditLog.WritesSinceAsync(start, cancellationToken)).Where(write => IsOf(write, name)).ToList();
            if (writes.Any(write => write is { Writer: "agent", Resource: "events" }))
            {
                return writes;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private static bool IsOf(ApiWrite write, string name) =>
        write.Namespace == BenchmarkStack.Namespace
        && write.Resource is not ("leases" or "poddisruptionbudgets" or "poddisruptionbudgets/status")
        && (write.Name.Length == 0 || write.Name.StartsWith(name, StringComparison.Ordinal));
}

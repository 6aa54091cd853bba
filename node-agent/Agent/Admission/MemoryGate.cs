using Berth.NodeAgent.Host;

namespace Berth.NodeAgent.Admission;

/// <summary>Lets a guest start only when the host's real memory can hold it.</summary>
/// <remarks>kube-scheduler counts what nodes declare; this counts what is there, other processes and guests of others included. Thread-safe.</remarks>
internal sealed class MemoryGate(HostFiles host, IGuestMemory guests, AgentOptions options) : IDisposable
{
    // One decision at a time: two starts must not both count the same free memory.
    private readonly SemaphoreSlim _deciding = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, long> _starting = [];

    /// <summary>Memory as it is now; null when the host does not say.</summary>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refuses or is not there.</exception>
    public async Task<MemoryBalance?> ReadAsync(CancellationToken cancellationToken)
    {
        // First, so that a guest whose start ends meanwhile is counted twice rather than not at all.
        Dictionary<Guid, long> starting;
        lock (_lock)
        {
            starting = new(_starting);
        }

        var running = await guests.ListAsync(cancellationToken);
        return host.AvailableMemoryBytes() is var available and > 0
            ? MemoryBalance.Of(available, running, starting, options.MemoryReserve)
            : null;
    }

    /// <summary>Keeps memory for a guest that is about to start, until <see cref="Leave"/>.</summary>
    /// <returns>Null when it is kept; else why it cannot be.</returns>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refuses or is not there.</exception>
    public async Task<string?> EnterAsync(Guid id, long bytes, CancellationToken cancellationToken)
    {
        await _deciding.WaitAsync(cancellationToken);
        try
        {
            if (await ReadAsync(cancellationToken) is { } balance && bytes > balance.Free)
            {
                return $"The guest needs {InMebibytes(bytes)} with its overhead; of {InMebibytes(balance.Available)} available, "
                    + $"{InMebibytes(balance.Untouched)} are promised to other guests and {InMebibytes(balance.Reserve)} kept for the host (--memory-reserve).";
            }

            lock (_lock)
            {
                _starting[id] = bytes;
            }

            return null;
        }
        finally
        {
            _deciding.Release();
        }
    }

    /// <summary>The start is over: the guest runs and is counted as such, or does not.</summary>
    public void Leave(Guid id)
    {
        lock (_lock)
        {
            _starting.Remove(id);
        }
    }

    public void Dispose() => _deciding.Dispose();

    private static string InMebibytes(long bytes) => $"{bytes >> 20} MiB";
}

using Berth.NodeAgent.Host;

namespace Berth.NodeAgent.Admission;

/// <summary>Lets a guest start only when the host's real memory can hold it.</summary>
/// <remarks>
/// kube-scheduler counts what nodes declare; this counts what is there, other processes and guests of others included.
/// What guests have taken is asked of each one's QEMU. A hundred starts at once would wait for that a hundred times, so a
/// start that an answer of the last seconds leaves room for is not asked for again; what is refused, is by a new one. Thread-safe.
/// </remarks>
internal sealed class MemoryGate(HostFiles host, IGuestMemory guests, AgentOptions options, TimeProvider time) : IDisposable
{
    /// <summary>How old an answer may be that a start passes by.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    // One decision at a time: two starts must not both count the same free memory.
    private readonly SemaphoreSlim _deciding = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Start> _starts = [];
    private Survey? _survey;

    /// <summary>Memory as it is now; null when the host does not say.</summary>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refuses or is not there.</exception>
    public async Task<MemoryBalance?> ReadAsync(CancellationToken cancellationToken)
    {
        await _deciding.WaitAsync(cancellationToken);
        try
        {
            return BalanceBy(await SurveyAsync(cancellationToken));
        }
        finally
        {
            _deciding.Release();
        }
    }

    /// <summary>Keeps memory for a guest that is about to start, until <see cref="Leave"/>.</summary>
    /// <returns>Null when it is kept; else why it cannot be.</returns>
    /// <exception cref="VirtualMachines.HypervisorException">libvirt refuses or is not there.</exception>
    public async Task<string?> EnterAsync(Guid id, long bytes, CancellationToken cancellationToken)
    {
        await _deciding.WaitAsync(cancellationToken);
        try
        {
            if (await ShortageAsync(bytes, cancellationToken) is { } shortage)
            {
                return shortage;
            }

            lock (_lock)
            {
                _starts[id] = new(bytes, EndedAt: null);
            }

            return null;
        }
        finally
        {
            _deciding.Release();
        }
    }

    /// <summary>The start is over: the guest runs and is counted as such once guests are asked again, or does not.</summary>
    public void Leave(Guid id)
    {
        lock (_lock)
        {
            if (_starts.TryGetValue(id, out var start))
            {
                _starts[id] = start with { EndedAt = time.GetTimestamp() };
            }
        }
    }

    public void Dispose() => _deciding.Dispose();

    // By an earlier answer, what guests have taken since counts twice: it refuses nothing.
    private async Task<string?> ShortageAsync(long bytes, CancellationToken cancellationToken) =>
        _survey is { } earlier && time.GetElapsedTime(earlier.Begun) < MaxAge && ShortageBy(earlier, bytes) is null
            ? null
            : ShortageBy(await SurveyAsync(cancellationToken), bytes);

    private string? ShortageBy(Survey survey, long bytes) =>
        BalanceBy(survey) is { } balance && bytes > balance.Free
            ? $"The guest needs {InMebibytes(bytes)} with its overhead; of {InMebibytes(balance.Available)} available, "
                + $"{InMebibytes(balance.Untouched)} are promised to other guests and {InMebibytes(balance.Reserve)} kept for the host (--memory-reserve)."
            : null;

    // By what is less, available now or then: memory that a guest has given back since is still promised to it, which an
    // earlier answer does not know.
    private MemoryBalance? BalanceBy(Survey survey) =>
        Math.Min(survey.Available, host.AvailableMemoryBytes()) is var available and > 0
            ? MemoryBalance.Of(available, survey.Guests, StartsSince(survey.Begun), options.MemoryReserve)
            : null;

    private async Task<Survey> SurveyAsync(CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var before = host.AvailableMemoryBytes();
        var running = await guests.ListAsync(cancellationToken);
        return _survey = new(begun, Math.Min(before, host.AvailableMemoryBytes()), running);
    }

    // A guest whose start ends while guests are asked counts twice rather than not at all.
    private Dictionary<Guid, long> StartsSince(long survey)
    {
        lock (_lock)
        {
            foreach (var (id, start) in _starts)
            {
                if (start.EndedAt < survey)
                {
                    _starts.Remove(id);
                }
            }

            return _starts.ToDictionary(start => start.Key, start => start.Value.Bytes);
        }
    }

    private static string InMebibytes(long bytes) => $"{bytes >> 20} MiB";

    private sealed record Start(long Bytes, long? EndedAt);

    /// <summary>What guests said when they were asked.</summary>
    /// <param name="Begun">When that began, as a timestamp of <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="Available">The least that was available meanwhile, in bytes; 0 when the host does not say.</param>
    /// <param name="Guests">All that were running.</param>
    private sealed record Survey(long Begun, long Available, IReadOnlyList<GuestPromise> Guests);
}

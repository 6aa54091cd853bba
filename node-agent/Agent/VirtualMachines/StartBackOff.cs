namespace Berth.NodeAgent.VirtualMachines;

/// <summary>Spaces out the starts of guests that keep ending and of domains that libvirt keeps refusing: at once, then 10 s, doubling up to 5 min.</summary>
internal sealed class StartBackOff
{
    /// <summary>A guest that ran this long begins at the front of the row again.</summary>
    public static readonly TimeSpan ResetAfter = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, State> _states = [];

    /// <summary>The pause before the try after <paramref name="failures"/> failures.</summary>
    public static TimeSpan DelayAfter(int failures) => failures switch
    {
        <= 1 => TimeSpan.Zero,
        > 7 => Longest,
        _ => First * Math.Pow(2, failures - 2) is var delay && delay < Longest ? delay : Longest,
    };

    /// <summary>Notes the end of a run, once, and says how long the next start has to wait.</summary>
    /// <param name="id">The domain.</param>
    /// <param name="run">Tells this run's end from another's.</param>
    /// <param name="ranFor">How long the guest ran; null when it did not start.</param>
    /// <param name="before">Failures before, for an agent that does not remember them.</param>
    /// <param name="now">The time.</param>
    public TimeSpan Left(Guid id, string run, TimeSpan? ranFor, int before, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_states.TryGetValue(id, out var state))
            {
                state = new State("", before, now);
            }

            if (state.Run != run)
            {
                state = new State(run, ranFor >= ResetAfter ? 1 : state.Failures + 1, now);
                _states[id] = state;
            }

            var left = state.Since + DelayAfter(state.Failures) - now;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>The VM has left the node, or was stopped as asked.</summary>
    public void Forget(Guid id)
    {
        lock (_lock)
        {
            _states.Remove(id);
        }
    }

    private sealed record State(string Run, int Failures, DateTimeOffset Since);
}

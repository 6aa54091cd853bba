namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What to do next about a guest that shall end.</summary>
internal enum ShutdownStep
{
    /// <summary>Ask it (again).</summary>
    Ask,

    /// <summary>Give it time.</summary>
    Wait,

    /// <summary>Switch it off.</summary>
    Destroy,
}

/// <summary>Remembers when guests were first asked to shut down.</summary>
/// <remarks>Kept in memory alone: an agent that starts anew gives a guest its whole grace period again, which is late and never too early.</remarks>
internal sealed class GracefulShutdown
{
    /// <summary>How often a guest is asked again: one that was still booting did not hear the first time.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Request> _requests = [];

    /// <summary>The next step for a domain.</summary>
    /// <param name="domain">The domain, active.</param>
    /// <param name="gracePeriod">How long the guest may take.</param>
    /// <param name="now">The time.</param>
    /// <returns>The step, and when to look again at the latest.</returns>
    public (ShutdownStep Step, TimeSpan LookAgain) Next(Domain domain, TimeSpan gracePeriod, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (!_requests.TryGetValue(domain.Id, out var request) || request.RuntimeId != domain.RuntimeId)
            {
                request = new Request(domain.RuntimeId, now, null);
            }

            var left = request.Since + gracePeriod - now;

            // A guest that does not execute cannot hear the power button.
            var step = left <= TimeSpan.Zero || domain.State is DomainState.Paused or DomainState.Crashed ? ShutdownStep.Destroy
                : request.Asked is { } asked && now - asked < AskAgainAfter ? ShutdownStep.Wait
                : ShutdownStep.Ask;
            _requests[domain.Id] = step is ShutdownStep.Ask ? request with { Asked = now } : request;
            return (step, left < AskAgainAfter ? Max(left, TimeSpan.FromMilliseconds(50)) : AskAgainAfter);
        }
    }

    /// <summary>True when this agent has asked the domain to end, since <see cref="Forget"/>.</summary>
    public bool IsUnderWay(Guid id)
    {
        lock (_lock)
        {
            return _requests.ContainsKey(id);
        }
    }

    /// <summary>The domain has ended, or shall go on.</summary>
    public void Forget(Guid id)
    {
        lock (_lock)
        {
            _requests.Remove(id);
        }
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private sealed record Request(int? RuntimeId, DateTimeOffset Since, DateTimeOffset? Asked);
}

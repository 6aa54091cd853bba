namespace Berth.Runtime.LeaderElection;

/// <summary>The Lease that decides who leads, and its times.</summary>
public sealed record LeaderElectionOptions(string Namespace, string Name)
{
    /// <summary>Names this process and no other. Default: host name and a random part.</summary>
    public string Identity { get; init; } = $"{Environment.MachineName}_{Guid.NewGuid():N}";

    /// <summary>Others wait this long after the last change of the Lease that they have seen. Default 15 s.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A leader that could not renew for this long stops its work. Shorter than <see cref="LeaseDuration"/>. Default 10 s.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two tries to get or renew the Lease. Default 2 s.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}

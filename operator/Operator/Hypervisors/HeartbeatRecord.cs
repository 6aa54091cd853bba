using Berth.Kubernetes;

namespace Berth.Operator.Hypervisors;

/// <summary>For how long each agent's Lease has been seen without a change. Not safe for use from several threads.</summary>
internal sealed class HeartbeatRecord
{
    /// <summary>Leases of agents are named so, with the node's name behind it.</summary>
    public const string LeasePrefix = "hypervisor-";

    /// <summary>An agent that renews every 10 s has missed six times by then.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    /// <summary>When more of the nodes than this look silent at once, it is more likely that something between us and all of them is broken.</summary>
    private const double LargestSilentShare = 0.3;

    private readonly Dictionary<string, Beat> _beats = new(StringComparer.Ordinal);
    private bool _isCredible = true;
    private long _episodes;

    public void Clear() => _beats.Clear();

    /// <summary>Asking makes a node known: one that a VM is bound to, and whose Lease is gone, is silent too.</summary>
    public NodeSilence? SilenceOf(string node)
    {
        if (!_beats.TryGetValue(node, out var beat))
        {
            _beats[node] = new Beat { IsAsked = true };
            return null;
        }

        beat.IsAsked = true;
        return _isCredible && beat.Episode > 0 ? new NodeSilence(beat.Episode) : null;
    }

    /// <summary>The Lease of an agent that has not been heard for <see cref="Bound"/>, as it was when it last changed; null otherwise.</summary>
    /// <remarks>However many others look silent too: that share guards against guesses, and whoever asks this has a person's word besides.</remarks>
    public StaleLease? StaleLeaseOf(string node)
    {
        SilenceOf(node);
        return _beats[node] is { Episode: > 0 } beat ? new StaleLease(beat.Version) : null;
    }

    /// <summary>Version of the Lease when it last changed; null while none was seen.</summary>
    public string? VersionOf(string node) => _beats.GetValueOrDefault(node)?.Version;

    /// <summary>True while the agent's Lease is there and changes. Asking makes no node known: to be counted is not to be judged.</summary>
    public bool IsHeard(string node) => _beats.GetValueOrDefault(node) is { Version: not null, Episode: 0 };

    /// <summary>Takes the Leases as they are now; <paramref name="elapsed"/> is the time since the last ones that counts. Returns the nodes about which the answer has changed.</summary>
    public IReadOnlyList<string> Take(IEnumerable<V1Lease> leases, TimeSpan elapsed)
    {
        var before = Silent();
        var versions = leases.Where(lease => lease.Name().StartsWith(LeasePrefix, StringComparison.Ordinal))
            .ToDictionary(lease => lease.Name()[LeasePrefix.Length..], lease => lease.Metadata.ResourceVersion ?? "", StringComparer.Ordinal);
        foreach (var node in versions.Keys.Where(node => !_beats.ContainsKey(node)))
        {
            _beats[node] = new Beat();
        }

        foreach (var (node, beat) in _beats.ToList())
        {
            Take(node, beat, versions.GetValueOrDefault(node), elapsed);
        }

        _isCredible = IsCredible(_beats.Values.Count(beat => beat.Episode > 0), _beats.Count);
        var after = Silent();
        return [.. before.Except(after).Concat(after.Except(before)).Order(StringComparer.Ordinal)];
    }

    /// <summary>One node may always be silent: on a cluster of one, two or three it would be more than the share, and there is nobody else to learn it from.</summary>
    internal static bool IsCredible(int silent, int all) => silent <= Math.Max(1, Math.Floor(all * LargestSilentShare));

    private void Take(string node, Beat beat, string? version, TimeSpan elapsed)
    {
        if (version is null && !beat.IsAsked)
        {
            // Its Lease is gone and nobody is interested: a node that was taken away in good order.
            _beats.Remove(node);
            return;
        }

        beat.IsAsked = false;
        if (!beat.IsSeen || (version is not null && version != beat.Version))
        {
            // First seen, or renewed some time since the last look. A Lease that went away is no sign of life.
            (beat.IsSeen, beat.Version, beat.Silent, beat.Episode) = (true, version, TimeSpan.Zero, 0);
            return;
        }

        beat.Silent += elapsed;
        if (beat.Silent >= Bound && beat.Episode == 0)
        {
            beat.Episode = ++_episodes;
        }
    }

    private HashSet<string> Silent() =>
        _isCredible ? [.. _beats.Where(pair => pair.Value.Episode > 0).Select(pair => pair.Key)] : [];

    private sealed class Beat
    {
        /// <summary>Version of the Lease when it last changed; null while none was seen.</summary>
        public string? Version { get; set; }

        public TimeSpan Silent { get; set; }

        /// <summary>Number of the silence; 0 while the agent is heard.</summary>
        public long Episode { get; set; }

        public bool IsSeen { get; set; }

        /// <summary>Somebody has asked since the last look.</summary>
        public bool IsAsked { get; set; }
    }
}

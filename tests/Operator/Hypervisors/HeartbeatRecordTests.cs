using Berth.Kubernetes;
using Berth.Operator.Hypervisors;

namespace Berth.Operator.Tests.Hypervisors;

public sealed class HeartbeatRecordTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private readonly HeartbeatRecord _record = new();
    private readonly Dictionary<string, int> _versions = [];

    [Fact]
    public void A_node_is_silent_after_sixty_seconds_without_a_renewal_that_were_seen()
    {
        Renew("node-1", "node-2");
        Assert.Empty(Pass(55, "node-2"));
        Assert.Null(_record.SilenceOf("node-1"));
        Assert.Equal(["node-1"], Pass(5, "node-2"));
        Assert.NotNull(_record.SilenceOf("node-1"));
        Assert.Null(_record.SilenceOf("node-2"));
    }

    [Fact]
    public void A_renewal_ends_the_silence_and_the_next_one_is_another_episode()
    {
        Renew("node-1");
        Pass(60);
        var first = _record.SilenceOf("node-1");
        Renew("node-1");
        Assert.Equal(["node-1"], _record.Take(Leases(), Step));
        Assert.Null(_record.SilenceOf("node-1"));
        Pass(60);
        Assert.NotEqual(first, _record.SilenceOf("node-1"));
    }

    [Fact]
    public void Time_that_does_not_count_makes_nobody_silent()
    {
        Renew("node-1");
        _record.Take(Leases(), Step);
        for (var i = 0; i < 100; i++)
        {
            Assert.Empty(_record.Take(Leases(), TimeSpan.Zero));
        }

        Assert.Null(_record.SilenceOf("node-1"));
    }

    [Fact]
    public void Too_many_silent_nodes_at_once_are_not_believed()
    {
        var nodes = Enumerable.Range(1, 10).Select(i => $"node-{i}").ToArray();
        Renew(nodes);
        Assert.Empty(Pass(60, nodes[4..]));
        Assert.All(nodes, node => Assert.Null(_record.SilenceOf(node)));

        // One of the four is heard again: three of ten are within the bound.
        Assert.Equal(["node-1", "node-2", "node-3"], Pass(5, nodes[3..]));
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, true)]
    [InlineData(2, 3, false)]
    [InlineData(3, 10, true)]
    [InlineData(4, 10, false)]
    [InlineData(30, 100, true)]
    [InlineData(31, 100, false)]
    public void Up_to_thirty_percent_or_one_node_is_believed(int silent, int all, bool believed) => Assert.Equal(believed, HeartbeatRecord.IsCredible(silent, all));

    [Fact]
    public void A_node_without_a_lease_that_somebody_asks_for_is_silent_too()
    {
        Renew("node-1");
        for (var seconds = 0; seconds <= 60; seconds += 5)
        {
            Assert.Null(_record.SilenceOf("gone"));
            Renew("node-1");
            _record.Take(Leases(), Step);
        }

        Assert.NotNull(_record.SilenceOf("gone"));
    }

    [Fact]
    public void A_lease_that_goes_away_is_no_sign_of_life()
    {
        Renew("node-1", "node-2");
        Pass(30, "node-2");
        _versions.Remove("node-1");
        for (var seconds = 0; seconds < 30; seconds += 5)
        {
            _record.SilenceOf("node-1");
            Renew("node-2");
            _record.Take(Leases(), Step);
        }

        Assert.NotNull(_record.SilenceOf("node-1"));
    }

    [Fact]
    public void Leases_of_others_are_not_nodes()
    {
        _versions["berth-operator"] = 1;
        var lease = new V1Lease { Metadata = new V1ObjectMeta { Name = "berth-operator", ResourceVersion = "1" } };
        for (var i = 0; i < 20; i++)
        {
            Assert.Empty(_record.Take([lease], Step));
        }
    }

    private void Renew(params string[] nodes)
    {
        foreach (var node in nodes)
        {
            _versions[node] = _versions.GetValueOrDefault(node) + 1;
        }
    }

    private List<V1Lease> Leases() =>
        [.. _versions.Select(pair => new V1Lease { Metadata = new V1ObjectMeta { Name = HeartbeatRecord.LeasePrefix + pair.Key, ResourceVersion = $"{pair.Value}" } })];

    /// <summary>Lets time pass; the named nodes renew all the while. Returns what changed in the last step.</summary>
    private IReadOnlyList<string> Pass(int seconds, params string[] heard)
    {
        IReadOnlyList<string> changed = [];
        for (var passed = 0; passed < seconds; passed += 5)
        {
            if (passed == 0)
            {
                _record.Take(Leases(), TimeSpan.Zero);
            }

            Renew(heard);
            changed = _record.Take(Leases(), Step);
        }

        return changed;
    }
}

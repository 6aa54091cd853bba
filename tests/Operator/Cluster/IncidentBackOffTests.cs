using Berth.Operator.Cluster;
using Berth.Testing;

namespace Berth.Operator.Tests.Cluster;

public sealed class IncidentBackOffTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Each_incident_doubles_the_delay_up_to_the_longest()
    {
        var backOff = New();
        foreach (var seconds in new[] { 10, 20, 40, 60, 60 })
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), backOff.Left("a", $"{_time.GetTimestamp()}"));
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public void An_incident_that_is_reported_again_counts_once_and_its_delay_runs_down()
    {
        var backOff = New();
        backOff.Left("a", "one");
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(6), backOff.Left("a", "one"));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(TimeSpan.Zero, backOff.Left("a", "one"));
    }

    [Fact]
    public void A_key_that_was_quiet_starts_anew_and_keys_do_not_share()
    {
        var backOff = New();
        backOff.Left("a", "one");
        Assert.Equal(TimeSpan.FromSeconds(10), backOff.Left("b", "one"));
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(TimeSpan.FromSeconds(10), backOff.Left("a", "two"));
    }

    private IncidentBackOff<string> New() => new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), _time);
}

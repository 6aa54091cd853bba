using Berth.Runtime.Queue;

namespace Berth.Runtime.Tests.Queue;

public sealed class BackOffTests
{
    [Theory]
    [InlineData(1, 0.5, 5)]
    [InlineData(2, 0.5, 10)]
    [InlineData(5, 0.5, 80)]
    [InlineData(1, 0.0, 4)]
    [InlineData(1, 1.0, 6)]
    public void Doubles_with_each_failure_within_a_fifth(int failures, double chance, double milliseconds) =>
        Assert.Equal(milliseconds, BackOff.Default.Delay(failures, chance).TotalMilliseconds, 0.01);

    [Theory]
    [InlineData(30)]
    [InlineData(1_000)]
    [InlineData(int.MaxValue)]
    public void Never_waits_longer_than_its_bound_and_never_stops(int failures)
    {
        Assert.Equal(TimeSpan.FromMinutes(5), BackOff.Default.Delay(failures, 1));
        Assert.Equal(TimeSpan.FromMinutes(4), BackOff.Default.Delay(failures, 0));
    }
}

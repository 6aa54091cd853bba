using Berth.Runtime.Events;

namespace Berth.Runtime.Tests.Events;

public sealed class RecentTests
{
    [Fact]
    public void What_is_idle_is_dropped_before_more_is_kept()
    {
        var recent = Of(max: 10_000, isIdle: value => value % 2 == 0);
        for (var key = 0; key < 1000; key++)
        {
            recent.GetOrAdd(key, () => key);
        }

        Assert.InRange(recent.Count, 500, 999);
        Assert.True(recent.TryGet(1, out _));
        Assert.False(recent.TryGet(0, out _));
    }

    [Fact]
    public void When_nothing_is_idle_the_longest_unused_half_makes_room()
    {
        var recent = Of(max: 100, isIdle: _ => false);
        for (var key = 0; key < 101; key++)
        {
            recent.GetOrAdd(key, () => key);
        }

        Assert.Equal(51, recent.Count);
        Assert.False(recent.TryGet(49, out _));
        Assert.True(recent.TryGet(50, out _));
    }

    [Fact]
    public void A_key_that_is_there_keeps_its_value()
    {
        var recent = Of(max: 10, isIdle: _ => false);
        recent.GetOrAdd(1, () => 1);
        Assert.Equal(1, recent.GetOrAdd(1, () => 2));
    }

    private static Recent<int, int> Of(int max, Func<int, bool> isIdle) => new(max, isIdle, value => value);
}

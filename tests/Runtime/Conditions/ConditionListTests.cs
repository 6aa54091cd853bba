using Berth.Kubernetes;
using Berth.Runtime.Conditions;

namespace Berth.Runtime.Tests.Conditions;

public sealed class ConditionListTests
{
    private static readonly DateTimeOffset Before = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Before.AddHours(1);
    private static readonly HashSet<string> Owned = ["Ready", "Stalled"];

    [Fact]
    public void Moves_the_transition_time_only_when_the_status_changes()
    {
        var same = Assert.Single(Merge([At(Condition.True("Ready", "Old"))], [Condition.True("Ready", "New", "text")]));
        var changed = Assert.Single(Merge([At(Condition.True("Ready", "Old"))], [Condition.False("Ready", "Old")]));

        Assert.Equal((Before, "New", "text", 7L), (same.LastTransitionTime, same.Reason, same.Message, same.ObservedGeneration!.Value));
        Assert.Equal(Now, changed.LastTransitionTime);
    }

    [Fact]
    public void Keeps_what_others_own_and_its_place()
    {
        var live = new[] { At(Condition.True("Theirs", "R")), At(Condition.True("Ready", "R")), At(Condition.True("AlsoTheirs", "R")) };

        var merged = Merge(live, [Condition.True("Stalled", "S"), Condition.True("Theirs", "Hijacked"), Condition.True("Ready", "R")]);

        Assert.Equal(["Theirs", "Ready", "AlsoTheirs", "Stalled"], merged.Select(condition => condition.Type));
        Assert.Equal(live[0], merged[0]);
    }

    [Fact]
    public void Removes_what_it_owns_and_no_longer_computes() =>
        Assert.Empty(Merge([At(Condition.True("Stalled", "S"))], []));

    [Fact]
    public void Is_the_same_list_when_nothing_changed()
    {
        var live = new[] { At(Condition.True("Stalled", "S")) with { ObservedGeneration = 7 }, At(Condition.True("Ready", "R")) with { ObservedGeneration = 7 } };

        Assert.Equal(live, Merge(live, [Condition.True("Ready", "R"), Condition.True("Stalled", "S")]));
    }

    [Fact]
    public void Cuts_a_message_that_is_too_long()
    {
        var merged = Assert.Single(Merge([], [Condition.True("Ready", "R", new string('x', 5000))]));

        Assert.Equal(ConditionList.MaxMessageLength, merged.Message.Length);
        Assert.EndsWith("…", merged.Message, StringComparison.Ordinal);
    }

    private static List<Condition> Merge(IEnumerable<Condition> live, IEnumerable<Condition> computed) => ConditionList.Merge(live, computed, Owned, 7, Now);

    private static Condition At(Condition condition) => condition with { LastTransitionTime = Before };
}

namespace Berth.Api.Tests;

public sealed class ApiLevelsTests
{
    private static readonly ApiLevels Three = new(
    [
        new(2, "spec.cpu.dedicated", spec => spec.Cpu?.Dedicated == true),
        new(3, "spec.memory.max", spec => spec.Memory.Max is not null),
        new(2, "spec.cpu.max", spec => spec.Cpu?.Max is not null),
    ]);

    [Fact]
    public void A_VM_that_asks_for_nothing_newer_needs_the_first_level() =>
        Assert.Equal(new ApiNeed(ApiLevels.First, null), Three.NeedOf(new VirtualMachine()));

    [Fact]
    public void The_highest_level_of_what_is_asked_for_is_needed_and_its_field_named()
    {
        var machine = new VirtualMachine { Spec = new VirtualMachineSpec { Cpu = new Cpu { Dedicated = true, Max = 4 } } };
        Assert.Equal(new ApiNeed(2, "spec.cpu.dedicated"), Three.NeedOf(machine));
        machine.Spec.Memory.Max = Kubernetes.Quantity.Parse("1Gi");
        Assert.Equal(new ApiNeed(3, "spec.memory.max"), Three.NeedOf(machine));
    }

    [Fact]
    public void This_builds_level_is_that_of_its_newest_feature() =>
        Assert.Equal(BerthApi.ApiLevel, ApiLevels.Current.Features.Select(feature => feature.Level).Append(ApiLevels.First).Max());
}

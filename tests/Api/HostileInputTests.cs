using System.Text.Json;
using Berth.Testing.Hostile;

namespace Berth.Api.Tests;

public sealed class HostileInputTests(ITestOutputHelper output)
{
    private const int ConditionMessageLimit = 32768;

    [Fact]
    public void No_VM_that_can_be_written_makes_the_check_throw() => Check<VirtualMachine>(20_000, VirtualMachineValidation.Check);

    [Fact]
    public void No_pool_that_can_be_written_makes_the_check_throw() => Check<StoragePool>(4_000, StoragePoolValidation.Check);

    [Fact]
    public void No_volume_that_can_be_written_makes_the_check_throw() => Check<StorageVolume>(4_000, StorageVolumeValidation.Check);

    [Fact]
    public void No_image_that_can_be_written_makes_the_check_throw() => Check<Image>(4_000, ImageValidation.Check);

    [Fact]
    public void No_network_that_can_be_written_makes_the_check_throw() => Check<VirtualNetwork>(4_000, VirtualNetworkValidation.Check);

    [Fact]
    public void No_hypervisor_that_can_be_written_makes_the_check_throw() => Check<Hypervisor>(4_000, HypervisorValidation.Check);

    [Fact]
    [Trait("Category", "Long")]
    public void A_hundred_thousand_objects_make_no_check_throw()
    {
        Check<VirtualMachine>(60_000, VirtualMachineValidation.Check);
        Check<StoragePool>(8_000, StoragePoolValidation.Check);
        Check<StorageVolume>(8_000, StorageVolumeValidation.Check);
        Check<Image>(8_000, ImageValidation.Check);
        Check<VirtualNetwork>(8_000, VirtualNetworkValidation.Check);
        Check<Hypervisor>(8_000, HypervisorValidation.Check);
    }

    private void Check<T>(int rounds, Func<T?, IReadOnlyList<FieldFinding>> check)
        where T : class
    {
        var seed = HostileSeed.Next();
        output.WriteLine($"seed {seed} (BERTH_SEED)");
        var objects = new RandomObjects(new Random(seed));
        for (var round = 0; round < rounds; round++)
        {
            var made = objects.Hostile<T>();
            var findings = check(made);
            Assert.All(findings, finding => AssertPresentable(finding, seed));
            Assert.True(findings.Sum(finding => finding.Message.Length + 1) < ConditionMessageLimit, $"seed {seed}, round {round}: the messages do not fit into a condition.");
            Assert.Equal(findings, check(made));
        }
    }

    // It is shown in conditions, events and logs: no control characters, and readable as JSON.
    private static void AssertPresentable(FieldFinding finding, int seed)
    {
        Assert.True(finding.Reason is ConditionReasons.InvalidSpec or ConditionReasons.NotSupported, $"seed {seed}");
        Assert.False(finding.Message.Any(char.IsControl), $"seed {seed}: {finding.Message}");
        Assert.Equal(finding.Message, JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(finding.Message)));
    }
}

using System.Reflection;
using Berth.Api;

namespace Berth.GitOps.Tests;

/// <summary>No state and no reason of the API is left out of the recordings.</summary>
public sealed class CoverageTests
{
    // What this version never writes.
    private static readonly string[] States = [VirtualMachineStates.Saved, VirtualMachineStates.Migrating];

    // Each with what is recorded in its place: another of the same class, written by the same line.
    private static readonly Dictionary<string, string> SameClass = new(StringComparer.Ordinal)
    {
        [VirtualMachineReasons.AwaitingRelease] = "virtualmachine/deleting-held-by-its-node", // of VMs that are being deleted only
        [VirtualMachineReasons.NodeDead] = "virtualmachine/waiting-for-scheduler", // for a moment, until the VM is placed anew
        [VirtualMachineReasons.Starting] = "virtualmachine/guest-shutting-down", // for a moment after a start
        [ImageReasons.DownloadIncomplete] = "image/failed",
        [ImageReasons.DownloadFailed] = "image/failed",
        [ImageReasons.TooLarge] = "image/failed",
        [ImageReasons.InvalidContent] = "image/failed",
        [ImageReasons.SourceNotAllowed] = "image/failed",
    };

    private static readonly HashSet<string> Told =
    [
        .. RecordedObject.All.SelectMany(recorded => recorded.Conditions).Select(condition => (string)condition["reason"]!),
    ];

    public static TheoryData<Type> Families =>
    [
        typeof(ConditionReasons), typeof(VirtualMachineReasons), typeof(StorageVolumeReasons), typeof(ImageReasons),
    ];

    [Fact]
    public void Every_state_of_a_VM_is_recorded()
    {
        var seen = RecordedObject.All.Where(recorded => recorded.Kind == "VirtualMachine").Select(recorded => recorded.State).ToHashSet();
        Assert.DoesNotContain(Constants(typeof(VirtualMachineStates)).Except(States), state => !seen.Contains(state));
        Assert.DoesNotContain(States, seen.Contains);
    }

    [Fact]
    public void Every_state_of_a_volume_is_recorded()
    {
        var seen = RecordedObject.All.Where(recorded => recorded.Kind == "StorageVolume").Select(recorded => recorded.State).ToHashSet();
        Assert.DoesNotContain(Constants(typeof(StorageVolumeStates)).Except(States), state => !seen.Contains(state));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_reason_is_recorded(Type family) => Assert.DoesNotContain(Constants(family).Except(SameClass.Keys), reason => !Told.Contains(reason));

    [Fact]
    public void What_stands_for_others_is_recorded() => Assert.Empty(SameClass.Values.Except(RecordedObject.Names));

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
}

using System.Globalization;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Berths;

/// <summary>Names and keys of berths.</summary>
internal static class BerthNames
{
    /// <summary>Digest of the spec that a berth was made with: one that differs from what would be made now is made again, as long as nothing runs in its place.</summary>
    public const string TemplateAnnotation = "berth.dev/berth-template";

    /// <summary>The berth of a VM at an epoch.</summary>
    public static string Of(VirtualMachine machine, long epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"{machine.Name()}-{epoch}");

    /// <summary>The epoch in a berth's name; null when the pod is no berth of this VM by name.</summary>
    public static long? EpochOf(VirtualMachine machine, V1Pod pod)
    {
        var prefix = machine.Name() + "-";
        return pod.Name().StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(pod.Name().AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            && Of(machine, epoch) == pod.Name()
            ? epoch
            : null;
    }

    /// <summary>True when the pod is controlled by exactly this VM, by UID. Its labels prove nothing: anybody may write them.</summary>
    public static bool IsBerthOf(this V1Pod pod, VirtualMachine machine) =>
        pod.ControllerOwner() is { } owner && owner.Uid == machine.Uid() && machine.Uid().Length > 0;
}

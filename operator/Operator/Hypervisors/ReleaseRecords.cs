using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.Hypervisors;

/// <summary>What is recorded as released on behalf of a dead node.</summary>
internal static class ReleaseRecords
{
    /// <summary>More are not written: the VMs beyond wait. None is ever dropped to make room, since each may be all that tells a returning agent what to destroy.</summary>
    public const int Limit = 2000;

    public static ReleaseRecord New(VirtualMachine machine, string node, string? bootId) => new()
    {
        Uid = machine.Uid(),
        Namespace = machine.Namespace() ?? "",
        Name = machine.Name(),
        Epoch = machine.Epoch(),
        Node = node,
        BootId = bootId,
    };

    /// <summary>The record that covers the VM's present binding.</summary>
    public static ReleaseRecord? RecordOf(this Hypervisor host, VirtualMachine machine) =>
        host.Status?.Releases?.FirstOrDefault(record => record.Uid == machine.Uid() && record.Epoch >= machine.Epoch() && record.Node == host.Name());

    /// <summary>Whether the VM is let go of when its node is dead. One that shall run, and whose disks are in that node's storage, is not: it can run nowhere else, and its data is not made again.</summary>
    public static bool CanLeave(VirtualMachine machine) => !machine.WantsDomain() || !HasLocalDisks(machine);

    /// <summary>True when a disk of the VM is a volume: without shared pools, each is on the node where it was made, whether its status has come to say so or not.</summary>
    public static bool HasLocalDisks(VirtualMachine machine) => machine.Spec.Disks?.Any(disk => disk.Template is not null || disk.Volume is not null) == true;

    /// <summary>The live records and, within the limit, those that are missing.</summary>
    public static IReadOnlyList<ReleaseRecord> With(IEnumerable<ReleaseRecord> live, IEnumerable<ReleaseRecord> wanted)
    {
        var records = live.ToList();
        foreach (var record in wanted)
        {
            var known = records.FindIndex(other => other.Uid == record.Uid);
            if (known < 0 && records.Count < Limit)
            {
                records.Add(record);
            }
            else if (known >= 0 && records[known].Epoch < record.Epoch)
            {
                records[known] = record;
            }
        }

        return records;
    }
}

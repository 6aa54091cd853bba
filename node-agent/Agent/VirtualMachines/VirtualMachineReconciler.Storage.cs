using Berth.Api;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.StoragePools;
using Berth.Runtime.Reconcile;

namespace Berth.NodeAgent.VirtualMachines;

// A guest that QEMU paused because a disk of it could not grow.
internal sealed partial class VirtualMachineReconciler
{
    private static readonly TimeSpan SpaceRecheck = TimeSpan.FromSeconds(5);

    /// <summary>Lets the guest go on when there is room; as before a start, the API server says first whose it is. One that somebody else paused is left so.</summary>
    private async Task<StepResult> ResumeWhenStorageHasRoom(VirtualMachineScope scope, CancellationToken cancellationToken)
    {
        if (scope is not { IsRunningHere: true, Domain: { IsPausedByStorage: true } domain })
        {
            return StepResult.Continue;
        }

        if (FoldersWithoutRoom(domain) is { Count: > 0 } full)
        {
            return Stopped(scope, $"The guest is paused: there is no room left in {string.Join(", ", full)}. It goes on when there is.", SpaceRecheck);
        }

        var now = time.GetUtcNow();
        if (memory.StorageStops.Left(scope.DomainId, now) is { Ticks: > 0 } left)
        {
            return Stopped(scope, "The guest was let go on and its storage stopped it again at once, though there is room; it is tried again after a pause.", left);
        }

        if (await PlaceLostAsync(scope, cancellationToken) is { } lost)
        {
            return lost;
        }

        await domains.ResumeAsync(scope.DomainId, cancellationToken);
        memory.StorageStops.Resumed(scope.DomainId, now);
        memory.IsNews(scope.DomainId, "");
        events.Publish(scope.Machine, false, "Resumed", "There is room again for the guest's disks; it goes on.");
        return await ReadDomain(scope, cancellationToken);
    }

    private StepResult Stopped(VirtualMachineScope scope, string message, TimeSpan after)
    {
        if (memory.IsNews(scope.DomainId, VirtualMachineReasons.NoSpace))
        {
            events.Publish(scope.Machine, true, VirtualMachineReasons.NoSpace, message);
        }

        return StepResult.Wait(VirtualMachineReasons.NoSpace, message, after);
    }

    private static List<string> FoldersWithoutRoom(Domain domain) =>
    [
        .. domain.Facts.Disks.Where(disk => disk.Device == "disk" && disk.Serial != DisksXml.SeedSerial).Select(disk => Path.GetDirectoryName(disk.Source)).OfType<string>().Where(folder => folder.Length > 0)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Where(folder => !HasRoom(folder)),
    ];

    // A folder that cannot be looked at is out of sight, and no place to write to.
    private static bool HasRoom(string folder)
    {
        try
        {
            return PoolSpace.HasRoom(folder);
        }
        catch (IOException)
        {
            return false;
        }
    }
}

using Berth.Api;

namespace Berth.Operator.Tests.Support;

/// <summary>Longer ways that many tests go.</summary>
internal static class Roads
{
    /// <summary>Waits for the berth, binds it, and waits until the VM is given to the node.</summary>
    public static async Task BindAsync(this OperatorRig rig, string name, string node, long epoch = 1)
    {
        var berth = $"{name}-{epoch}";
        await rig.EventuallyAsync(() => rig.Scheduler.Berth(berth) is not null);
        rig.Scheduler.Bind(berth, node);
        await rig.EventuallyAsync(() => rig.Machines.Get(name) is var machine && machine.Epoch() == epoch && machine.IsGivenTo(node));
    }

    /// <summary>Applies a VM and brings it to run.</summary>
    public static async Task RunAsync(this OperatorRig rig, string name, string node, Func<VirtualMachine, VirtualMachine>? change = null)
    {
        rig.Machines.Apply((change ?? (machine => machine))(TestMachines.Named(name)));
        await rig.BindAsync(name, node);
        foreach (var disk in (rig.Machines.Get(name).Spec.Disks ?? []).Where(disk => disk.Template is not null))
        {
            await rig.EventuallyAsync(() => rig.Server.Find<StorageVolume>($"{name}-{disk.Name}", OperatorRig.Namespace) is not null);
            rig.Agent.Make($"{name}-{disk.Name}", node);
        }

        rig.Agent.Run(name);
        await rig.SettleAsync();
    }
}

namespace Berth.EndToEnd.Tests;

/// <summary>A guest that runs while something else breaks: which domain and process it is, and how often it has booted.</summary>
internal sealed record SteadyGuest(Machine Machine, string Uid, StackNode Node, RunningGuest Guest, int Boots)
{
    /// <summary>Waits until the VM runs and its guest has counted its boot.</summary>
    public static async Task<SteadyGuest> FollowAsync(Machine machine, CancellationToken cancellationToken, int boots = 1)
    {
        var running = await machine.BecomesReadyAsync("Running", cancellationToken);
        await machine.ConsoleShowsAsync(BootSector.Line(Guests.IdleText, boots), cancellationToken);
        var node = machine.NodeOf(running);
        var guest = await node.RunningGuestAsync(running.Uid, cancellationToken);
        Assert.True(guest.Qemu.Pid > 0, "QEMU's process is found");
        return new(machine, running.Uid, node, guest, boots);
    }

    /// <summary>Its QEMU is the same process; asks nobody but the kernel.</summary>
    public bool HasItsProcess => StackNode.QemuProcess(Uid) == Guest.Qemu;

    /// <summary>The VM says Running, and nothing has happened to the guest.</summary>
    public async Task IsUntouchedAsync(CancellationToken cancellationToken)
    {
        await Machine.BecomesReadyAsync("Running", cancellationToken, TimeSpan.FromSeconds(120));
        await RunsOnAsync(cancellationToken);
    }

    /// <summary>Nothing has happened to the guest, whatever its VM says.</summary>
    public async Task RunsOnAsync(CancellationToken cancellationToken)
    {
        await Eventually.HoldsAsync(
            "the guest is the same domain and process", token => Node.RunningGuestAsync(Uid, token), seen => seen == Guest, TimeSpan.FromSeconds(2), cancellationToken);
        Assert.Equal(Boots, await BootsAsync(cancellationToken));
    }

    /// <summary>How often the guest says that it has booted.</summary>
    public async Task<int> BootsAsync(CancellationToken cancellationToken) =>
        (await Node.ConsoleOfAsync(Machine.Namespace, Machine.Name, Uid, cancellationToken)).Split(Guests.IdleText).Length - 1;
}

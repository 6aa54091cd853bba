namespace Berth.EndToEnd.Tests;

/// <summary>A running VM whose guest nothing may touch.</summary>
internal sealed record SteadyMachine(Machine Machine, StackNode Node, string Uid, RunningGuest Guest, KubernetesJson Berth)
{
    /// <summary>Asserts that it is the same domain and the same QEMU process as at the start, and that the guest has booted once.</summary>
    public async Task IsUntouchedAsync(CancellationToken cancellationToken)
    {
        Assert.Equal(Guest, await Node.RunningGuestAsync(Uid, cancellationToken));
        var console = await Node.ConsoleAsync(await Machine.GetAsync(cancellationToken), cancellationToken);
        Assert.DoesNotContain(BootSector.Line(Guests.IdleText, 2), console, StringComparison.Ordinal);
    }

    /// <summary>Asserts that the guest is untouched, that the VM is well, and that its place is held.</summary>
    public async Task IsWellAsync(CancellationToken cancellationToken)
    {
        await Machine.BecomesAsync(
            "to be Ready and to have its place",
            machine => machine.IsReady && machine.Text("status.state") == "Running" && machine.Condition("PlaceLost") is null,
            cancellationToken);
        await IsUntouchedAsync(cancellationToken);
    }

    public Task<KubernetesJson> LosesPlaceAsync(CancellationToken cancellationToken) =>
        Machine.BecomesAsync("to say PlaceLost", machine => machine.IsTrue("PlaceLost"), cancellationToken);
}

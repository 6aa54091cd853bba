namespace Berth.EndToEnd.Tests;

/// <summary>Processes of the control plane are killed; guests run on, and what is started again finds its way back by itself.</summary>
[Collection(nameof(Faults))]
public sealed class KilledProcessTests(Stack stack) : FaultTest(stack)
{
    [Fact]
    public async Task All_at_once()
    {
        var guests = await GuestsOnEachNodeAsync();
        var died = Processes().ToList();
        Assert.Contains("etcd", died);
        died.ForEach(Stack.Processes.Kill);
        await Eventually.SeesAsync("all to be dead", _ => Task.FromResult(Stack.Processes.Dead()), dead => !died.Except(dead).Any(), Eventually.Soon, Cancellation);
        Assert.All(guests, guest => Assert.True(guest.HasItsProcess));
        await Stack.StartWhatDiedAsync(Cancellation);
        await WorkAgainAsync(guests);
    }

    [Theory]
    [Trait("Category", "Long")]
    [InlineData("etcd")]
    [InlineData("kube-apiserver")]
    [InlineData("kube-scheduler")]
    [InlineData("kube-controller-manager")]
    [InlineData("node-standin")]
    [InlineData("operator")]
    [InlineData("agent-node-1")]
    [InlineData("libvirtd-node-1")]
    public async Task One(string process)
    {
        var guests = await GuestsOnEachNodeAsync();
        Stack.Processes.Kill(process);
        await Stack.StartWhatDiedAsync(Cancellation);
        await WorkAgainAsync(guests);
    }

    // The hosts themselves apart: to kill one is a power cut.
    private IEnumerable<string> Processes() => Stack.Processes.Names().Where(process => !process.StartsWith("host-", StringComparison.Ordinal));

    private async Task<IReadOnlyList<SteadyGuest>> GuestsOnEachNodeAsync()
    {
        var guests = new List<SteadyGuest>();
        foreach (var node in Stack.Nodes)
        {
            guests.Add(await RunningGuestAsync($"steady-{node.Name}", OnNode(node)));
        }

        return guests;
    }

    private async Task WorkAgainAsync(IReadOnlyList<SteadyGuest> guests)
    {
        await WorksAgainAsync();
        foreach (var guest in guests)
        {
            await guest.IsUntouchedAsync(Cancellation);
        }
    }
}

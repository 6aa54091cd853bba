namespace Berth.EndToEnd.Tests;

/// <summary>Two operators: whatever is done to the one that leads, the API server takes writes of one at a time.</summary>
[Collection(nameof(Alone))]
public sealed class FailoverTests(Stack stack) : EndToEndTest(stack)
{
    private const int Waves = 4;
    private const int WaveSize = 4;

    // The certificate authority and whom to trust are written by every replica, leading or not; and each asks whose a token is.
    private static readonly string[] OfEveryReplica = ["secrets", "configmaps", "tokenreviews", "validatingwebhookconfigurations", "mutatingwebhookconfigurations"];

    [Fact]
    public async Task A_leader_that_was_stopped_past_its_lease_writes_nothing_when_it_goes_on()
    {
        var start = Stack.AuditLog.Position;
        await using var second = await SecondOperator.StartAsync(Stack, Cancellation);

        // A Service leads past the replica that does not answer; an URL does not.
        await using var route = await WebhookRoute.ThroughAsync(Stack, [second], Cancellation);
        var leader = await HolderAsync(Cancellation);

        // Work for it at every moment of what follows: it is stopped in the middle of some write or other.
        await CreateWaveAsync(1);
        Stack.Processes.Freeze("operator");
        try
        {
            await CreateWaveAsync(2);
            await Eventually.SeesAsync("the second operator to lead", HolderAsync, holder => holder != leader && holder.Length > 0, Eventually.Soon, Cancellation);
            await CreateWaveAsync(3);
        }
        finally
        {
            Stack.Processes.Thaw("operator");
        }

        await CreateWaveAsync(4);
        await Eventually.SeesAsync(
            "all VMs to be Ready",
            token => Kubectl.ListAsync("vm", Namespace, token),
            machines => machines.Count == Waves * WaveSize && machines.All(machine => machine.IsReady),
            Eventually.Booted,
            Cancellation,
            machines => string.Join('\n', machines.Where(machine => !machine.IsReady).Select(machine => $"{machine.Name} {machine.Message("Ready")}")));

        // The second one still leads and nothing has asked it to stop: no write of the first belongs behind its first.
        var writes = (await Stack.AuditLog.WritesSinceAsync(start, Cancellation)).Where(write => write is { Writer: "operator", Code: < 300 } && !OfEveryReplica.Contains(write.Resource)).ToList();
        var ofSecond = writes.Where(write => write.Pod == second.PodName).ToList();
        var ofFirst = writes.Where(write => write.Pod != second.PodName).ToList();
        Assert.NotEmpty(ofFirst);
        Assert.Contains(ofSecond, write => write.Resource == "pods");
        var takenOver = ofSecond.Min(write => write.AnsweredAt);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{ofFirst.Count} writes of the first, the last {(takenOver - ofFirst.Max(write => write.AnsweredAt)).TotalSeconds:F1} s before the first of the second's {ofSecond.Count}");
        Assert.DoesNotContain(ofFirst, write => write.AnsweredAt >= takenOver);
        Assert.All(await Task.WhenAll(Names().Select(name => Machine(name).BerthsAsync(Cancellation))), berths => Assert.Single(berths));
    }

    private static IEnumerable<string> Names() => Enumerable.Range(1, Waves).SelectMany(NamesOf);

    private static IEnumerable<string> NamesOf(int wave) => Enumerable.Range(1, WaveSize).Select(number => $"vm-{wave}-{number}");

    private Task CreateWaveAsync(int wave) =>
        ApplyAsync(string.Join("---\n", NamesOf(wave).Select(name => Manifests.DiskMachine(name, Stack.Images.Idle, memory: "32Mi"))));

    private async Task<string> HolderAsync(CancellationToken cancellationToken) =>
        (await Kubectl.GetAsync("lease", "berth-operator", "berth-system", cancellationToken)).Text("spec.holderIdentity") ?? "";
}

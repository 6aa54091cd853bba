using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>One VirtualMachine of a test.</summary>
internal sealed class Machine(Stack stack, string inNamespace, string name)
{
    public string Name { get; } = name;

    public string Namespace { get; } = inNamespace;

    public Task<KubernetesJson> GetAsync(CancellationToken cancellationToken) => stack.Kubectl.GetAsync("vm", Name, Namespace, cancellationToken);

    public Task PatchSpecAsync(string spec, CancellationToken cancellationToken) =>
        stack.Kubectl.PatchAsync("vm", Name, Namespace, $$"""{"spec":{{spec}}}""", cancellationToken);

    public Task<KubernetesJson> BecomesAsync(string what, Predicate<KubernetesJson> isMet, CancellationToken cancellationToken, TimeSpan? deadline = null) =>
        Eventually.SeesAsync($"VM {Name} {what}", GetAsync, isMet, deadline ?? Eventually.Soon, cancellationToken);

    public Task<KubernetesJson> BecomesReadyAsync(string state, CancellationToken cancellationToken, TimeSpan? deadline = null) =>
        BecomesAsync($"to be Ready and {state}", machine => machine.IsReady && machine.Text("status.state") == state, cancellationToken, deadline);

    public Task<KubernetesJson> StallsAsync(string reason, CancellationToken cancellationToken) =>
        BecomesAsync($"to stall with {reason}", machine => machine.IsTrue("Stalled") && machine.Reason("Stalled") == reason, cancellationToken);

    /// <summary>The node that runs the VM now.</summary>
    public StackNode NodeOf(KubernetesJson machine) => stack.Node(machine.Text("status.nodeName") ?? throw new InvalidOperationException($"VM {Name} is on no node"));

    public async Task<DomainXml> DomainXmlAsync(CancellationToken cancellationToken)
    {
        var machine = await GetAsync(cancellationToken);
        return await NodeOf(machine).DomainXmlAsync(machine.Uid, cancellationToken);
    }

    /// <summary>The berths that there are, by the label that users select them by.</summary>
    public Task<IReadOnlyList<KubernetesJson>> BerthsAsync(CancellationToken cancellationToken) =>
        stack.Kubectl.ListAsync("pods", Namespace, cancellationToken, "-l", $"berth.dev/vm={Name}");

    public async Task<KubernetesJson> BerthAsync(CancellationToken cancellationToken) => Assert.Single(await BerthsAsync(cancellationToken));

    public async Task<string> ConsoleShowsAsync(string text, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        var machine = await GetAsync(cancellationToken);
        var node = NodeOf(machine);
        return await Eventually.SeesAsync(
            $"\"{text}\" on the console of VM {Name}",
            token => node.ConsoleAsync(machine, token),
            console => console.Contains(text, StringComparison.Ordinal),
            deadline ?? Eventually.Booted,
            cancellationToken);
    }

    /// <summary>Deletes the VM and waits for its end, by default for a minute.</summary>
    public Task DeleteAsync(CancellationToken cancellationToken, TimeSpan? within = null) =>
        stack.Kubectl.DeleteAsync("vm", Name, Namespace, cancellationToken, within ?? TimeSpan.FromSeconds(60));

    /// <summary>Names of the conditions that are there, for whole-list assertions.</summary>
    public static IReadOnlyList<string> ConditionsOf(KubernetesJson machine) =>
        [.. ((machine.At("status.conditions") as JsonArray) ?? []).Select(condition => $"{condition!["type"]}={condition["status"]}").Order(StringComparer.Ordinal)];
}

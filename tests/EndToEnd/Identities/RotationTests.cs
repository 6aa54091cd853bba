using System.Net;

namespace Berth.EndToEnd.Tests;

/// <summary>Certificates of ten seconds, in use.</summary>
[Collection(nameof(Alone))]
public sealed class RotationTests(Stack stack) : EndToEndTest(stack)
{
    private const string Renewed = "Has a new certificate for the operator";

    // Renewals that the agent's log told of before the test.
    private int _before;

    [Fact]
    [Trait("Category", "Long")]
    public async Task An_agent_renews_its_certificate_while_it_is_used_and_an_old_one_is_worth_nothing()
    {
        await using var second = await SecondOperator.StartAsync(Stack, Cancellation, flags: ["--agent-certificate-lifetime", "10s"]);
        var node = Stack.Node("node-1");
        await ApplyAsync("apiVersion: v1\nkind: Secret\nmetadata: {name: seed}\nstringData: {userData: text}\n");
        await ReplaceAgentAsync(node, second.HttpsAddress.ToString());
        try
        {
            for (var machine = 1; machine <= 3; machine++)
            {
                await StartOneAsync($"vm-{machine}", node, machine + 1);
            }

            var door = new OperatorDoor(Stack, second.HttpsAddress.ToString());
            var ready = await Machine("vm-1").GetAsync(Cancellation);
            var token = (await File.ReadAllTextAsync(Path.Combine(Stack.Folder, "nodes", node.Name, "operator-token"), Cancellation)).Trim();
            using var certificate = await door.CertificateAsync(token, Cancellation);
            Assert.Equal((HttpStatusCode.OK, "text"), await door.AskForUserDataAsync(ready, certificate, Cancellation));
            await Eventually.SeesAsync(
                "the certificate to end", async cancellation => (await door.AskForUserDataAsync(ready, certificate, cancellation)).Code, code => code == HttpStatusCode.Unauthorized, Eventually.Soon, Cancellation);
        }
        finally
        {
            Stack.Processes.Kill(node.AgentProcess);
            await Stack.StartWhatDiedAsync(CancellationToken.None);
        }
    }

    /// <summary>A VM that needs its Secret, started after so many renewals.</summary>
    private async Task StartOneAsync(string name, StackNode node, int renewals)
    {
        await Eventually.SeesAsync($"{renewals} certificates", _ => Task.FromResult(RenewalsOf(node) - _before), count => count >= renewals, Eventually.Soon, Cancellation);
        await ApplyAsync(Manifests.DiskMachine(name, Stack.Images.Idle, $"{Manifests.OnNode(node.Name)}\ncloudInit: {{userDataSecretRef: {{name: seed}} }}"));
        await Machine(name).BecomesReadyAsync("Running", Cancellation);
    }

    private async Task ReplaceAgentAsync(StackNode node, string operatorAddress)
    {
        var arguments = StackProcesses.CommandLine(Stack.Processes.Pid(node.AgentProcess))!.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        arguments[Array.IndexOf(arguments, "--operator-address") + 1] = operatorAddress;
        _before = RenewalsOf(node);
        Stack.Processes.Kill(node.AgentProcess);
        await Eventually.SeesAsync(
            "the agent to be gone", _ => Task.FromResult(Stack.Processes.Dead()), dead => dead.Contains(node.AgentProcess), Eventually.Soon, Cancellation);
        await Stack.RunScriptAsync("in-host.sh", [node.AgentProcess, node.Name, .. arguments], Cancellation);
        await Stack.BecomesReadyAsync(node, Cancellation);
    }

    private int RenewalsOf(StackNode node)
    {
        using var reader = new StreamReader(new FileStream(Stack.LogPath(node.AgentProcess), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split(Renewed).Length - 1;
    }
}

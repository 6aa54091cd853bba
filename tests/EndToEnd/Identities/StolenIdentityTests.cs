using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Berth.EndToEnd.Tests;

/// <summary>Whoever has what node-1's agent has: its tokens and its certificate. What they are good for against node-2.</summary>
public sealed class StolenIdentityTests(Stack stack) : EndToEndTest(stack)
{
    private const string Text = "#cloud-config of-node-2-alone";

    private static readonly Dictionary<string, string> Plurals = new() { ["vm"] = "virtualmachines", ["vol"] = "storagevolumes", ["hv"] = "hypervisors", ["pool"] = "storagepools" };

    private string ApiToken => File.ReadAllText(Path.Combine(Stack.Folder, "nodes", "node-1", "token")).Trim();

    private string OperatorToken => File.ReadAllText(Path.Combine(Stack.Folder, "nodes", "node-1", "operator-token")).Trim();

    [Fact]
    public async Task An_agent_has_no_verb_on_secrets()
    {
        await ApplyAsync(Secret());
        using var thief = BorrowedToken.At(Stack, ApiToken);
        foreach (var verb in (string[])["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"])
        {
            foreach (var where in (string[][])[["-n", Namespace], ["-n", "berth-system"], ["-A"]])
            {
                var answer = await thief.Kubectl.RunAsync(Cancellation, ["auth", "can-i", verb, "secrets", .. where]);
                Assert.Equal("no", answer.Output.Trim());
            }
        }

        Assert.Contains("forbidden", (await thief.Kubectl.RunAsync(Cancellation, "get", "secret", "seed", "-n", Namespace)).Error, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("yes", (await thief.Kubectl.RunAsync(Cancellation, "auth", "can-i", "get", "virtualmachines.berth.dev", "-n", Namespace)).Output.Trim());
    }

    [Fact]
    public async Task Nothing_of_node_2_can_be_changed_with_the_token_of_node_1()
    {
        var (mine, theirs) = await BothRunAsync();
        using var thief = BorrowedToken.At(Stack, ApiToken);
        foreach (var (kind, name, patch) in ((string, string, string)[])
                 [
                     ("vm", "theirs", """{"status":{"state":"Stopped"}}"""),
                     ("vm", "theirs", """{"status":{"releasedEpoch":1}}"""),
                     ("vm", "theirs", """{"status":{"binding":{"nodeName":"node-1"}}}"""),
                     ("vol", "theirs-root", """{"status":{"state":"Lost"}}"""),
                     ("vol", "theirs-root", """{"status":{"nodeName":"node-1"}}"""),
                     ("hv", "node-2", """{"status":{"bootId":"another"}}"""),
                 ])
        {
            await RefusedAsync("does not belong to node", thief, kind, name, patch, "/status");
        }

        foreach (var (name, patch, field) in ((string, string, string)[])
                 [
                     ("mine", """{"status":{"binding":{"nodeName":"node-2","epoch":9}}}""", "status.binding"),
                     ("mine", """{"status":{"releasedEpoch":99}}""", "status.releasedEpoch"),
                     ("mine", """{"status":{"nodeName":"node-2"}}""", "status.nodeName"),
                 ])
        {
            await RefusedAsync(field, thief, "vm", name, patch, "/status");
        }

        // The same token does write what is its own.
        Assert.Equal(
            HttpStatusCode.OK, (await thief.PatchAsync($"/apis/berth.dev/v1alpha1/namespaces/{Namespace}/virtualmachines/mine/status", """{"status":{"restarts":7}}""", Cancellation)).Code);
        foreach (var (kind, name) in ((string, string)[])[("vm", "theirs"), ("vm", "mine"), ("vol", "theirs-root"), ("hv", "node-1"), ("hv", "node-2"), ("pool", "default")])
        {
            await RefusedAsync("cannot patch resource", thief, kind, name, """{"metadata":{"labels":{"berth.dev/node":"node-1"}}}""", "");
        }

        var after = await Machine("theirs").GetAsync(Cancellation);
        Assert.Equal(theirs.At("status.binding")!.ToJsonString(), after.At("status.binding")!.ToJsonString());
        Assert.Equal(("Running", null, "node-2"), (after.Text("status.state"), after.Text("status.releasedEpoch"), after.Text("status.nodeName")));
        var volume = await Kubectl.GetAsync("vol", "theirs-root", Namespace, Cancellation);
        Assert.Equal(("Ready", "node-2"), (volume.Text("status.state"), volume.Text("status.nodeName")));
        Assert.Equal(mine.Uid, (await Machine("mine").BecomesReadyAsync("Running", Cancellation)).Uid);
    }

    [Fact]
    public async Task A_token_that_is_bound_to_no_pod_writes_nothing()
    {
        await ApplyAsync(Manifests.DiskMachine("mine", Stack.Images.Idle, Manifests.OnNode("node-1")));
        await Machine("mine").BecomesReadyAsync("Running", Cancellation);
        using var unbound = BorrowedToken.At(Stack, await Stack.TokenAsync("berth-agent", null, null, Cancellation));
        await RefusedAsync("must be bound to its pod", unbound, "vm", "mine", """{"status":{"state":"Stopped"}}""", "/status");
    }

    [Fact]
    public async Task The_certificate_of_node_1_reads_what_its_node_holds_and_nothing_of_node_2()
    {
        var (mine, theirs) = await BothRunAsync();
        var door = OperatorDoor.Of(Stack);
        using var certificate = await door.CertificateAsync(OperatorToken, Cancellation);
        Assert.Equal((HttpStatusCode.OK, Text), await door.AskForUserDataAsync(mine, certificate, Cancellation));
        Nothing(HttpStatusCode.Forbidden, await door.AskForUserDataAsync(theirs, certificate, Cancellation));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = new CertificateRequest("CN=berth-agent", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        Nothing(HttpStatusCode.Unauthorized, await door.AskForUserDataAsync(mine, foreign, Cancellation));
        Nothing(HttpStatusCode.Unauthorized, await door.AskForUserDataAsync(mine, null, Cancellation));
    }

    [Fact]
    public async Task Each_of_an_agents_tokens_is_good_for_its_own_side_alone()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ofApi = await File.ReadAllTextAsync(Path.Combine(Stack.Folder, "nodes", "node-1", "token"), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, (await OperatorDoor.Of(Stack).AskForCertificateAsync(ofApi.Trim(), key, Cancellation)).Code);
        var unbound = await Stack.TokenAsync("berth-agent", null, "berth-operator", Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, (await OperatorDoor.Of(Stack).AskForCertificateAsync(unbound, key, Cancellation)).Code);
        var ofAnother = await Stack.TokenAsync("berth-operator", null, "berth-operator", Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, (await OperatorDoor.Of(Stack).AskForCertificateAsync(ofAnother, key, Cancellation)).Code);

        using var ofOperator = BorrowedToken.At(Stack, OperatorToken);
        var refused = await ofOperator.Kubectl.RunAsync(Cancellation, "get", "vm", "-A");
        Assert.False(refused.Succeeded);
        Assert.Contains("Unauthorized", refused.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Deleting_the_pod_withdraws_token_and_certificate()
    {
        await ApplyAsync(Secret() + "---\n" + WithSecret("mine", "node-1"));
        var mine = await Machine("mine").BecomesReadyAsync("Running", Cancellation);
        var (pod, door) = ($"thief-{Namespace}", OperatorDoor.Of(Stack));
        await Stack.MakeAgentPodAsync(pod, "node-1", Cancellation);
        var token = await Stack.TokenAsync("berth-agent", pod, "berth-operator", Cancellation);
        using var certificate = await door.CertificateAsync(token, Cancellation);
        Assert.Equal((HttpStatusCode.OK, Text), await door.AskForUserDataAsync(mine, certificate, Cancellation));

        await Kubectl.MustAsync(Cancellation, "delete", "pod", pod, "-n", "berth-system", "--grace-period=0", "--force");
        Nothing(HttpStatusCode.Forbidden, await door.AskForUserDataAsync(mine, certificate, Cancellation));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.NotEqual(HttpStatusCode.OK, (await door.AskForCertificateAsync(token, key, Cancellation)).Code);
    }

    private async Task<(KubernetesJson Mine, KubernetesJson Theirs)> BothRunAsync()
    {
        await ApplyAsync(Secret() + "---\n" + WithSecret("mine", "node-1") + "---\n" + WithSecret("theirs", "node-2"));
        return (await Machine("mine").BecomesReadyAsync("Running", Cancellation), await Machine("theirs").BecomesReadyAsync("Running", Cancellation));
    }

    private string WithSecret(string name, string node) => Manifests.DiskMachine(name, Stack.Images.Idle, $"{Manifests.OnNode(node)}\ncloudInit: {{userDataSecretRef: {{name: seed}} }}");

    private static string Secret() => $"apiVersion: v1\nkind: Secret\nmetadata: {{name: seed}}\nstringData: {{userData: {Manifests.Quoted(Text)}}}\n";

    private async Task RefusedAsync(string why, BorrowedToken borrowed, string kind, string name, string patch, string subresource)
    {
        var collection = kind is "vm" or "vol" ? $"namespaces/{Namespace}/{Plurals[kind]}" : Plurals[kind];
        var (code, answer) = await borrowed.PatchAsync($"/apis/berth.dev/v1alpha1/{collection}/{name}{subresource}", patch, Cancellation);
        Assert.True(code == HttpStatusCode.Forbidden, $"{kind} {name} {patch}: {code} {answer}");
        Assert.Contains(why, answer, StringComparison.Ordinal);
    }

    private static void Nothing(HttpStatusCode expected, (HttpStatusCode Code, string Answer) seen)
    {
        Assert.Equal(expected, seen.Code);
        Assert.DoesNotContain("of-node-2-alone", seen.Answer, StringComparison.Ordinal);
    }
}

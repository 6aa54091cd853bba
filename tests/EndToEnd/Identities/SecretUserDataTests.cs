using System.Text;
using System.Text.RegularExpressions;

namespace Berth.EndToEnd.Tests;

/// <summary>User-data in a Secret reaches the guest, and nothing else.</summary>
public sealed partial class SecretUserDataTests(Stack stack) : EndToEndTest(stack)
{
    [Fact]
    public async Task A_missing_secret_is_waited_for_then_the_guest_reads_it_and_it_shows_nowhere_else()
    {
        var secret = $"correct-horse-{Namespace}";
        var text = $"#cloud-config\npassword: \"{secret}\"\n";
        await ApplyAsync(Manifests.DiskMachine("seeded", Stack.Images.Disk, "cloudInit: {userDataSecretRef: {name: late, key: text} }", memory: "128Mi"));
        var seeded = Machine("seeded");
        await seeded.BecomesAsync("to be Reconciling", machine => machine.Reason("Reconciling") == "ReferenceNotFound", Cancellation);
        var stalled = await seeded.StallsAsync("ReferenceNotFound", Cancellation);
        Assert.Contains("\"late\" does not exist", stalled.Message("Stalled"), StringComparison.Ordinal);

        await ApplyAsync($"apiVersion: v1\nkind: Secret\nmetadata: {{name: late}}\nstringData: {{text: {Manifests.Quoted(text)}}}\n");
        var ready = await seeded.BecomesReadyAsync("Running", Cancellation);
        Assert.Null(ready.Condition("Stalled"));
        var console = await seeded.ConsoleShowsAsync("SEED-END user-data", Cancellation);
        Assert.Equal(text, Encoding.UTF8.GetString(Convert.FromBase64String(Regex.Replace(Seed().Match(console).Groups[1].Value, @"\s", ""))));

        var node = seeded.NodeOf(ready);
        var domain = await node.DomainXmlAsync(ready.Uid, Cancellation);
        var seed = domain.Text("/domain/devices/disk[serial='cidata']/source/@file")!;
        Assert.Equal("600", (await node.MustRunAsync(Cancellation, "stat", "-c", "%a", seed)).Trim());
        await ShowsNowhereAsync(secret, ready, domain);
    }

    private async Task ShowsNowhereAsync(string secret, KubernetesJson machine, DomainXml domain)
    {
        // In base64 too, as it stands in the Secret: a log of its JSON would have it so.
        string[] forms = [secret, .. Enumerable.Range(0, 3).Select(offset => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', offset) + secret))[4..^4])];
        var everything = await Kubectl.MustAsync(Cancellation, "get", "vm,vol,pods,events", "-n", Namespace, "-o", "yaml")
            + await Kubectl.MustAsync(Cancellation, "get", "hv,events", "-A", "-o", "yaml") + machine + domain;
        Assert.DoesNotContain(forms, form => everything.Contains(form, StringComparison.Ordinal));
        foreach (var log in Directory.EnumerateFiles(Path.Combine(Stack.Folder, "logs")))
        {
            using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            while (await reader.ReadLineAsync(Cancellation) is { } line)
            {
                Assert.False(forms.Any(form => line.Contains(form, StringComparison.Ordinal)), $"{log} shows the secret");
            }
        }
    }

    [GeneratedRegex(@"SEED-BEGIN user-data\s(.*?)SEED-END user-data", RegexOptions.Singleline)]
    private static partial Regex Seed();
}

using System.Security.Cryptography;
using System.Text;

namespace Berth.EndToEnd.Tests;

/// <summary>What a newcomer types: <c>make run</c> shows a guest, and <c>make down</c> takes away all that it and its guests have brought onto the machine.</summary>
[Collection(nameof(Alone))]
public sealed class RunAndDownTests : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"berth-down-{Guid.NewGuid().ToString("n")[..6]}", "stack");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Run_shows_a_guest_and_down_leaves_no_process_link_cgroup_or_file()
    {
        var shown = (await ScriptAsync("run.sh")).MustSucceed();
        Assert.Matches(@"(?m)^hello +Running +True +node-1 +192\.168\.150\.\d+ ", shown);
        Assert.Contains("GUEST-READY", shown, StringComparison.Ordinal);

        var uid = (await new KubernetesCli(Path.Combine(_folder, "kubeconfig")).GetAsync("vm", "hello", "default", Cancellation)).Uid;
        var qemu = StackNode.QemuProcess(uid);
        Assert.True(qemu.Pid > 0, "the guest runs");
        var up = Traces();
        Assert.All(up, trace => Assert.NotEmpty(trace.Value));

        (await ScriptAsync("down.sh")).MustSucceed();
        var down = Traces();
        Assert.All(down, trace => Assert.True(trace.Value.Count == 0, $"left behind, {trace.Key}: {string.Join(", ", trace.Value)}"));
        Assert.Equal(0, StackNode.QemuProcess(uid).Pid);
        Assert.False(Directory.Exists(_folder), "the state folder is gone");
        (await ScriptAsync("down.sh")).MustSucceed();
    }

    public async ValueTask DisposeAsync()
    {
        await ScriptAsync("down.sh");
        Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);
    }

    private Task<CommandResult> ScriptAsync(string script) => Command.RunAsync(
        Checkout.PathOf($"tests/stack/{script}"), [], CancellationToken.None,
        environment: new Dictionary<string, string> { ["STACK_STATE"] = _folder, ["NODES"] = "1" }, deadline: TimeSpan.FromMinutes(10));

    // What carries the stack's name, which is made from its folder's path. Other stacks come and go on the machine meanwhile.
    private Dictionary<string, IReadOnlyList<string>> Traces()
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_folder)))[..6];
        return new()
        {
            ["processes"] = [.. ProcessesOf(id)],
            ["links"] = [.. Directory.EnumerateFileSystemEntries("/sys/class/net").Where(link => link.Contains(id, StringComparison.Ordinal))],
            ["cgroups"] = [.. Cgroups(id)],
            ["run folders"] = [.. Directory.EnumerateDirectories("/run").Where(folder => folder.Contains(id, StringComparison.Ordinal))],
        };
    }

    // By command line, or by cgroup: what libvirt starts inside a host names neither the folder nor the id.
    private IEnumerable<string> ProcessesOf(string id) =>
        from folder in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(folder)
        where name.All(char.IsAsciiDigit) && int.Parse(name, null) != Environment.ProcessId
        let line = Read(Path.Combine(folder, "cmdline"))
        where line.Contains(_folder, StringComparison.Ordinal) || Read(Path.Combine(folder, "cgroup")).Contains($"berth-{id}", StringComparison.Ordinal)
        select $"{name} {line.Replace('\0', ' ')}";

    private static IEnumerable<string> Cgroups(string id) =>
        from hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup")
        from folder in Directory.EnumerateDirectories(hierarchy, $"*{id}*")
        select folder;

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The process has just ended.
            return "";
        }
    }
}

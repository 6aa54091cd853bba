using System.Text;
using Berth.NodeAgent.Consoles;

namespace Berth.NodeAgent.Tests.Consoles;

public sealed class ConsoleLogsTests
{
    [Fact]
    public void A_log_that_outgrows_its_bound_keeps_its_newer_half_from_a_line_on()
    {
        using var folder = new TestFolder();
        var logs = new ConsoleLogs(folder.Options with { ConsoleLogSize = 1000 });
        logs.Prepare();
        var path = logs.PathOf("ns", "vm", "0123456789ab");
        File.WriteAllText(path, string.Concat(Enumerable.Range(0, 200).Select(i => $"line {i:000}\n")));
        Assert.Equal(1, logs.Trim());
        var lines = File.ReadAllLines(path);
        Assert.True(new FileInfo(path).Length <= 500);
        Assert.Equal(("line 199", 8), (lines[^1], lines[0].Length));
        Assert.Equal(0, logs.Trim());
    }

    [Fact]
    public void A_writer_that_appends_goes_on_behind_the_shortened_log()
    {
        using var folder = new TestFolder();
        var logs = new ConsoleLogs(folder.Options with { ConsoleLogSize = 100 });
        logs.Prepare();
        var path = logs.PathOf("ns", "vm", "0123456789ab");
        using (var writer = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            writer.Write(Encoding.ASCII.GetBytes(new string('x', 90) + "\n" + new string('y', 40) + "\n"));
            writer.Flush();
            Assert.Equal(1, logs.Trim());
        }

        // QEMU's descriptor has O_APPEND, which .NET's has not: appending anew stands for it.
        File.AppendAllText(path, "z\n");
        Assert.Equal(new string('y', 40) + "\nz\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_link_in_the_place_of_a_log_is_not_followed()
    {
        using var folder = new TestFolder();
        var logs = new ConsoleLogs(folder.Options with { ConsoleLogSize = 100 });
        logs.Prepare();
        var precious = Path.Combine(folder.Path, "precious");
        File.WriteAllText(precious, new string('x', 500));
        File.CreateSymbolicLink(logs.PathOf("ns", "vm", "0123456789ab"), precious);

        Assert.Equal(0, logs.Trim());
        logs.Delete(logs.PathOf("ns", "vm", "0123456789ab"));
        Assert.Equal(500, new FileInfo(precious).Length);
        Assert.False(File.Exists(logs.PathOf("ns", "vm", "0123456789ab")));
    }

    [Fact]
    public void Without_logs_there_is_nothing_to_shorten()
    {
        using var folder = new TestFolder();
        var logs = new ConsoleLogs(folder.Options);
        Assert.Equal(0, logs.Trim());
        logs.Delete(logs.PathOf("ns", "vm", "uid"));
    }

    [Fact]
    public void VMs_of_one_name_have_logs_of_their_own() =>
        Assert.NotEqual(
            new ConsoleLogs(new AgentOptions { NodeName = "n" }).PathOf("ns", "vm", "11111111-1"),
            new ConsoleLogs(new AgentOptions { NodeName = "n" }).PathOf("ns", "vm", "22222222-1"));
}

using System.Text.RegularExpressions;
using Berth.Testing;

namespace Berth.NodeAgent.Tests;

/// <summary>What the manifests start is taken by the command line, and says what the program would do by itself. The chart's are the same: config is made from it.</summary>
public sealed partial class ManifestTests
{
    [Fact]
    public async Task The_agent_takes_the_flags_of_its_daemon_set_and_they_are_its_defaults()
    {
        var text = Checkout.Text("config/agent/daemonset.yaml");
        var flags = Flag().Matches(text)
            .Select(match => match.Groups[1].Value.Replace("$(NODE_NAME)", "node-1", StringComparison.Ordinal).Replace("$(HOST_IP)", "192.0.2.1", StringComparison.Ordinal)).ToList();
        AgentOptions? read = null;
        var command = new AgentCommand().Create((options, _) =>
        {
            read = options;
            return Task.CompletedTask;
        });
        var parsed = command.Parse(flags);
        Assert.Empty(parsed.Errors);
        await parsed.InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);

        var defaults = new AgentOptions { NodeName = "node-1" };
        Assert.Equal(defaults with { MetricsAddress = new(System.Net.IPAddress.Parse("192.0.2.1"), 9443), LogLevelFile = "/etc/berth/log-level/agent", LogFormat = Runtime.Logging.LogFormat.Json }, read);
    }

    [GeneratedRegex(@"^ +- (--[a-z].*)$", RegexOptions.Multiline)]
    private static partial Regex Flag();
}

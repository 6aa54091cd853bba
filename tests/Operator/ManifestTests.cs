using System.Text.RegularExpressions;
using Berth.Operator.HostChecks;
using Berth.Testing;

namespace Berth.Operator.Tests;

/// <summary>What the manifests start is taken by the command line. The chart's are the same: config is made from it.</summary>
public sealed partial class ManifestTests
{
    [Fact]
    public void The_operator_takes_the_flags_of_its_deployment()
    {
        var flags = Flags("config/operator/deployment.yaml").ToList();
        Assert.Contains("--namespace=berth-system", flags);
        Assert.Empty(new OperatorCommand().Create((_, _) => Task.CompletedTask).Parse(flags).Errors);
    }

    [Fact]
    public void The_charts_test_is_a_command_of_the_operator()
    {
        var root = new OperatorCommand().Create((_, _) => Task.CompletedTask);
        var check = new HostCheckCommand().Create((_, _) => Task.FromResult(0));
        root.Subcommands.Add(check);
        var flags = Flags("charts/berth/templates/tests/hosts.yaml").Select(flag => flag.Split('=')[0]).ToList();
        Assert.Equal(["--namespace", "--timeout"], flags);
        Assert.All(flags, flag => Assert.Contains(check.Options, option => option.Name == flag));
        Assert.Contains($"- {check.Name}\n", Checkout.Text("charts/berth/templates/tests/hosts.yaml"), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Flags(string path) => Flag().Matches(Checkout.Text(path)).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"^ +- (--[a-z].*)$", RegexOptions.Multiline)]
    private static partial Regex Flag();
}

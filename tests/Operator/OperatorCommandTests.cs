using Microsoft.Extensions.Logging;

namespace Berth.Operator.Tests;

public sealed class OperatorCommandTests
{
    [Fact]
    public async Task Flags_become_options()
    {
        var options = await ParseAsync(
            "--kubeconfig /k", "--context c", "--namespace n", "--metrics-address 127.0.0.1:9",
            "--https-address 127.0.0.1:10", "--https-name berth.example --https-name 192.0.2.1", "--ca-lifetime 90d", "--certificate-lifetime 12h --agent-certificate-lifetime 30s",
            "--webhook-certificate-directory /w --shutdown-delay 5s", "--cpu-allocation-ratio 2.5", "--pause-image p", "--leader-elect false", "--log-level debug", "--log-format json");
        Assert.Equal(("/k", "c", "n", "127.0.0.1:9"), (options!.Kubeconfig, options.Context, options.Namespace, options.MetricsAddress.ToString()));
        Assert.Equal("127.0.0.1:10", options.HttpsAddress.ToString());
        Assert.Equal(["berth.example", "192.0.2.1"], options.HttpsNames);
        Assert.Equal((TimeSpan.FromDays(90), TimeSpan.FromHours(12)), (options.AuthorityLifetime, options.CertificateLifetime));
        Assert.Equal(TimeSpan.FromSeconds(30), options.AgentCertificateLifetime);
        Assert.Equal(("/w", TimeSpan.FromSeconds(5)), (options.WebhookCertificateDirectory, options.ShutdownDelay));
        Assert.Equal((2.5, "p", false), (options.Berths.CpuAllocationRatio, options.Berths.PauseImage, options.LeaderElect));
        Assert.Equal((LogLevel.Debug, Runtime.Logging.LogFormat.Json), (options.LogLevel, options.LogFormat));
    }

    [Fact]
    public async Task Without_flags_the_defaults_hold()
    {
        var options = await ParseAsync();
        Assert.Equal(new OperatorOptions(), options);
        Assert.Equal(("registry.k8s.io/pause:3.10", 10.0, true), (options!.Berths.PauseImage, options.Berths.CpuAllocationRatio, options.LeaderElect));
    }

    [Theory]
    [InlineData("--cpu-allocation-ratio 0")]
    [InlineData("--cpu-allocation-ratio -1")]
    [InlineData("--cpu-allocation-ratio NaN")]
    [InlineData("--metrics-address nowhere")]
    [InlineData("--https-address nowhere:8443")]
    [InlineData("--https-name a_b/c")]
    [InlineData("--ca-lifetime 1s")]
    [InlineData("--ca-lifetime 99999999999d")]
    [InlineData("--ca-lifetime 2147483647d")]
    [InlineData("--ca-lifetime -30s")]
    [InlineData("--certificate-lifetime 5")]
    [InlineData("--shutdown-delay 21s")]
    [InlineData("--shutdown-delay soon")]
    [InlineData("--log-format xml")]
    [InlineData("--unknown")]
    public async Task What_cannot_be_is_refused(string flag) => Assert.Null(await ParseAsync(flag));

    private static async Task<OperatorOptions?> ParseAsync(params string[] flags)
    {
        OperatorOptions? read = null;
        var command = new OperatorCommand().Create((options, _) =>
        {
            read = options;
            return Task.CompletedTask;
        });
        var result = command.Parse(string.Join(' ', flags));
        if (result.Errors.Count == 0)
        {
            await result.InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);
        }

        return read;
    }
}

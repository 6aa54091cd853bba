using System.Net;
using Berth.Runtime.Logging;

namespace Berth.NodeAgent.Tests;

public sealed class AgentCommandTests
{
    [Fact]
    public async Task Flags_become_options()
    {
        var options = await ParseAsync(
            "--node-name", "n", "--kubeconfig", "/k", "--metrics-address", "127.0.0.1:1234", "--accelerator", "tcg", "--image-directory", "/i",
            "--namespace", "berth", "--operator-address", "192.0.2.1:443", "--operator-token-file", "/t", "--kvm-device", "/dev/null", "--state-directory", "/s", "--libvirt-log-directory", "/l", "--console-log-size", "10", "--max-image-size", "20", "--min-image-rate", "0", "--allowed-image-addresses", "127.0.0.0/8,::1/128", "--memory-reserve", "30",
            "--require-checksums", "--log-level", "Debug", "--log-level-file", "/v", "--log-format", "json", "--otlp-endpoint", "http://collector:4318", "--libvirt-uri", "test:///default");
        Assert.Equal(
            new AgentOptions
            {
                NodeName = "n",
                Kubeconfig = "/k",
                MetricsAddress = IPEndPoint.Parse("127.0.0.1:1234"),
                Accelerator = "tcg",
                ImageDirectory = "/i",
                Namespace = "berth",
                OperatorAddress = "192.0.2.1:443",
                OperatorTokenFile = "/t",
                KvmDevice = "/dev/null",
                StateDirectory = "/s",
                LibvirtLogDirectory = "/l",
                ConsoleLogSize = 10,
                MaxImageSize = 20,
                MinImageRate = 0,
                AllowedImageAddresses = "127.0.0.0/8,::1/128",
                MemoryReserve = 30,
                RequireChecksums = true,
                LogLevel = Microsoft.Extensions.Logging.LogLevel.Debug,
                LogLevelFile = "/v",
                LogFormat = LogFormat.Json,
                OtlpEndpoint = new Uri("http://collector:4318"),
                LibvirtUri = "test:///default",
            },
            options);
    }

    [Fact]
    public async Task What_is_not_given_has_its_default() =>
        Assert.Equal(new AgentOptions { NodeName = "n" }, await ParseAsync("--node-name", "n"));

    [Theory]
    [InlineData()]
    [InlineData("--node-name", "n", "--accelerator", "hvf")]
    [InlineData("--node-name", "n", "--metrics-address", "nowhere")]
    [InlineData("--node-name", "n", "--console-log-size", "0")]
    [InlineData("--node-name", "n", "--memory-reserve", "-1")]
    [InlineData("--node-name", "n", "--min-image-rate", "-1")]
    [InlineData("--node-name", "n", "--allowed-image-addresses", "localhost")]
    [InlineData("--node-name", "n", "--operator-address", "192.0.2.1")]
    [InlineData("--node-name", "n", "--operator-address", "operator:0443/path")]
    [InlineData("--node-name", "n", "--operator-address", "a@operator:443")]
    [InlineData("--node-name", "n", "--otlp-endpoint", "collector:4318")]
    [InlineData("--node-name", "n", "--no-such-flag")]
    public async Task What_cannot_work_is_refused(params string[] arguments) => Assert.Null(await ParseAsync(arguments));

    private static async Task<AgentOptions?> ParseAsync(params string[] arguments)
    {
        AgentOptions? parsed = null;
        var command = new AgentCommand().Create((options, _) =>
        {
            parsed = options;
            return Task.CompletedTask;
        });
        var result = command.Parse(arguments);
        result.InvocationConfiguration.Output = result.InvocationConfiguration.Error = TextWriter.Null;
        await result.InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);
        return parsed;
    }
}

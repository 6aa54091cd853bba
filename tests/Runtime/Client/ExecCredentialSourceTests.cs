using Berth.Runtime.Client;
using Berth.Testing;

namespace Berth.Runtime.Tests.Client;

/// <summary>Plugins are small shell scripts here.</summary>
public sealed class ExecCredentialSourceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("exec").FullName;
    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Runs_the_plugin_once_and_again_when_its_credential_ends()
    {
        using var source = Plugin("""echo "{\"status\": {\"token\": \"t$(wc -l < runs)\", \"expirationTimestamp\": \"2026-01-01T01:00:00Z\"}}" """);

        Assert.Equal(("t1", "t1"), (await TokenAsync(source), await TokenAsync(source)));

        _time.Advance(TimeSpan.FromMinutes(59.9));
        Assert.Equal("t2", await TokenAsync(source));
    }

    [Fact]
    public async Task Runs_the_plugin_again_when_its_credential_was_refused()
    {
        using var source = Plugin("""echo "{\"status\": {\"token\": \"t$(wc -l < runs)\"}}" """);
        await TokenAsync(source);

        Assert.Equal("t2", (await source.GetAsync(renew: true, Cancellation)).Token);
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(5)]
    public async Task Goes_by_the_time_that_has_passed_whatever_the_clock_says(int hours)
    {
        using var source = Plugin("""echo "{\"status\": {\"token\": \"t$(wc -l < runs)\", \"expirationTimestamp\": \"2026-01-01T01:00:00Z\"}}" """);
        await TokenAsync(source);

        _time.JumpClock(TimeSpan.FromHours(hours));
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("t1", await TokenAsync(source));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("t2", await TokenAsync(source));

        // By a clock that runs ahead it has ended before it came; it is used all the same.
        Assert.Equal("t2", await TokenAsync(source));
    }

    [Fact]
    public async Task Gives_the_plugin_its_environment_and_tells_it_who_asks()
    {
        using var source = Plugin("""
            echo "$KUBERNETES_EXEC_INFO" | grep -q client.authentication.k8s.io/v1 || exit 1
            echo "{\"status\": {\"token\": \"$REGION-$1\"}}"
            """);

        Assert.Equal("north-arg", await TokenAsync(source));
    }

    [Theory]
    [InlineData("exit 3", "exit code 3")]
    [InlineData("echo hello", "no ExecCredential")]
    [InlineData("echo '{}'", "no ExecCredential")]
    public async Task Says_what_the_plugin_did_wrong(string script, string expected)
    {
        using var source = Plugin(script);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => TokenAsync(source));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_plugin_is_missing()
    {
        using var source = new ExecCredentialSource(new ExecPlugin("v1", "/nonexistent/plugin"), _time);

        var failure = await Assert.ThrowsAsync<KubernetesException>(() => TokenAsync(source));

        Assert.Contains("cannot be started", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<string?> TokenAsync(ExecCredentialSource source) => (await source.GetAsync(renew: false, Cancellation)).Token;

    private ExecCredentialSource Plugin(string script)
    {
        var path = Path.Combine(_directory, "plugin");
        File.WriteAllText(path, $"cd '{_directory}'; echo run >> runs\n{script}\n");
        return new ExecCredentialSource(
            new ExecPlugin("client.authentication.k8s.io/v1", "/bin/sh") { Arguments = [path, "arg"], Environment = new Dictionary<string, string> { ["REGION"] = "north" } }, _time);
    }
}

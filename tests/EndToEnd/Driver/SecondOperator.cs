using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Berth.EndToEnd.Tests;

/// <summary>Another replica of the operator: the same program with the same arguments, a token bound to a pod of its own, and ports of its own.</summary>
internal sealed class SecondOperator : IAsyncDisposable
{
    private const string SystemNamespace = "berth-system";

    private readonly Stack _stack;
    private readonly Process _process;
    private readonly string _folder;
    private readonly List<string> _log = [];

    private SecondOperator(Stack stack, Process process, string folder, string podName, IReadOnlyList<string> arguments)
    {
        (_stack, _process, _folder, PodName) = (stack, process, folder, podName);
        HttpsAddress = IPEndPoint.Parse(ValueOf("--https-address", arguments));
        MetricsAddress = IPEndPoint.Parse(ValueOf("--metrics-address", arguments));
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The pod that its token is bound to, as the API server's audit log names it.</summary>
    public string PodName { get; }

    /// <summary>Where it serves admission.</summary>
    public IPEndPoint HttpsAddress { get; }

    /// <summary>Where it answers for its metrics and health.</summary>
    public IPEndPoint MetricsAddress { get; }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log);
            }
        }
    }

    /// <summary>Starts one, with flags of its own besides those of the first, and waits until it is ready.</summary>
    public static async Task<SecondOperator> StartAsync(Stack stack, CancellationToken cancellationToken, string podName = "berth-operator-second", params string[] flags)
    {
        var folder = Directory.CreateTempSubdirectory("second-operator").FullName;
        var first = StackProcesses.CommandLine(stack.Processes.Pid("operator"))!.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var kubeconfig = ValueOf("--kubeconfig", first);
        var token = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(token, await TokenAsync(stack, podName, cancellationToken), cancellationToken);
        var own = (await File.ReadAllLinesAsync(kubeconfig, cancellationToken))
            .Select(line => line.Contains("tokenFile:", StringComparison.Ordinal) ? $"- {{name: berth, user: {{tokenFile: {token} }} }}" : line);
        await File.WriteAllLinesAsync(Path.Combine(folder, "kubeconfig"), own, cancellationToken);
        string[] arguments = [.. first[1..].Select(argument => argument == kubeconfig ? Path.Combine(folder, "kubeconfig") : WithFreePort(argument)), .. flags];
        var started = new SecondOperator(stack, Command.Start(first[0], arguments), folder, podName, arguments);
        try
        {
            await started.BecomesReadyAsync(cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // SIGTERM: it gives the Lease back where it holds it.
        if (!_process.HasExited)
        {
            StackProcesses.Terminate(_process.Id);
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await _process.WaitForExitAsync(deadline.Token);
        }

        _process.Dispose();
        await _stack.Kubectl.RunAsync(CancellationToken.None, "delete", "pod", PodName, "-n", SystemNamespace, "--wait=false", "--grace-period=0", "--force");
        Directory.Delete(_folder, recursive: true);
    }

    private async Task BecomesReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var url = new Uri($"http://{MetricsAddress}/readyz");
        await Eventually.SeesAsync(
            $"{PodName} to be ready", async token => (IsReady: await Stack.AnswersAsync(http, url, token), Log), seen => seen.IsReady, Eventually.Soon, cancellationToken, seen => seen.Log);
    }

    private static string ValueOf(string flag, IReadOnlyList<string> arguments) => arguments.SkipWhile(argument => argument != flag).ElementAt(1);

    private static async Task<string> TokenAsync(Stack stack, string podName, CancellationToken cancellationToken)
    {
        var pod = $$"""
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{podName}}", "namespace": "{{SystemNamespace}}" },
             "spec": {"nodeName": "node-1", "serviceAccountName": "berth-operator", "automountServiceAccountToken": false,
                      "tolerations": [{"operator": "Exists"}], "containers": [{"name": "operator", "image": "berth-operator"}]} }
            """;
        await stack.Kubectl.ApplyAsync(pod, cancellationToken);
        return await stack.TokenAsync("berth-operator", podName, null, cancellationToken);
    }

    private static string WithFreePort(string argument)
    {
        if (!IPEndPoint.TryParse(argument, out var address) || address.Port == 0)
        {
            return argument;
        }

        using var listener = new TcpListener(address.Address, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"{listener.LocalEndpoint}");
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.Add(line);
            }
        }
    }
}

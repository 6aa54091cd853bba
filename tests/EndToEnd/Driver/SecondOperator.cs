using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>Another replica of the operator: the same program with the same arguments, a token bound to a pod of its own, and ports of its own.</summary>
internal sealed class SecondOperator : IAsyncDisposable
{
    public const string PodName = "berth-operator-second";
    private const string SystemNamespace = "berth-system";

    private readonly Stack _stack;
    private readonly Process _process;
    private readonly string _folder;
    private readonly List<string> _log = [];

    private SecondOperator(Stack stack, Process process, string folder)
    {
        (_stack, _process, _folder) = (stack, process, folder);
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

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

    public static async Task<SecondOperator> StartAsync(Stack stack, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("second-operator").FullName;
        var first = StackProcesses.CommandLine(stack.Processes.Pid("operator"))!.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var kubeconfig = first[Array.IndexOf(first, "--kubeconfig") + 1];
        var token = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(token, await TokenAsync(stack, cancellationToken), cancellationToken);
        var own = (await File.ReadAllLinesAsync(kubeconfig, cancellationToken))
            .Select(line => line.Contains("tokenFile:", StringComparison.Ordinal) ? $"- {{name: berth, user: {{tokenFile: {token} }} }}" : line);
        await File.WriteAllLinesAsync(Path.Combine(folder, "kubeconfig"), own, cancellationToken);
        var arguments = first[1..].Select(argument => argument == kubeconfig ? Path.Combine(folder, "kubeconfig") : WithFreePort(argument)).ToArray();
        return new SecondOperator(stack, Command.Start(first[0], arguments), folder);
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

    private static async Task<string> TokenAsync(Stack stack, CancellationToken cancellationToken)
    {
        var pod = $$"""
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{PodName}}", "namespace": "{{SystemNamespace}}" },
             "spec": {"nodeName": "node-1", "serviceAccountName": "berth-operator", "automountServiceAccountToken": false,
                      "tolerations": [{"operator": "Exists"}], "containers": [{"name": "operator", "image": "berth-operator"}]} }
            """;
        await stack.Kubectl.ApplyAsync(pod, cancellationToken);
        var made = await stack.Kubectl.GetAsync("pod", PodName, SystemNamespace, cancellationToken);
        var request = $$"""
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
             "spec": {"expirationSeconds": 3600, "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "{{PodName}}", "uid": "{{made.Uid}}"} } }
            """;
        var answer = await stack.Kubectl.RunAsync(
            request, cancellationToken, "create", "--raw", $"/api/v1/namespaces/{SystemNamespace}/serviceaccounts/berth-operator/token", "-f", "-");
        return (string)JsonNode.Parse(answer.MustSucceed())!["status"]!["token"]!;
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

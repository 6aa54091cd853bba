using System.Diagnostics;
using System.Globalization;

namespace Berth.EndToEnd.Tests;

/// <summary>Another, empty control plane: an API server with the stack's certificates, which keeps its objects apart in the stack's etcd. Nothing schedules or collects there.</summary>
internal sealed class SecondCluster : IAsyncDisposable
{
    private const int Port = 27443;

    private readonly Process _process;
    private readonly string _folder;

    private SecondCluster(Process process, string folder, string kubeconfig)
    {
        (_process, _folder, Kubeconfig) = (process, folder, kubeconfig);
        Kubectl = new(kubeconfig);

        // Nobody reads what it says; a full pipe would stop it.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The administrator's.</summary>
    public string Kubeconfig { get; }

    public KubernetesCli Kubectl { get; }

    public static async Task<SecondCluster> StartAsync(Stack stack, CancellationToken cancellationToken)
    {
        // Where the nodes see it too: tokens and kubeconfigs lie there.
        var folder = Directory.CreateDirectory(Path.Combine(stack.Folder, "second-cluster")).FullName;
        var first = StackProcesses.CommandLine(stack.Processes.Pid("kube-apiserver"))!.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var port = first.Single(argument => argument.StartsWith("--secure-port=", StringComparison.Ordinal)).Split('=')[1];
        string[] arguments =
        [
            .. first[1..].Where(argument => !argument.StartsWith("--secure-port=", StringComparison.Ordinal) && !argument.StartsWith("--audit-", StringComparison.Ordinal)),
            string.Create(CultureInfo.InvariantCulture, $"--secure-port={Port}"), "--etcd-prefix=/second-cluster",
        ];
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        await File.WriteAllTextAsync(
            kubeconfig,
            (await File.ReadAllTextAsync(Path.Combine(stack.Folder, "kubeconfig"), cancellationToken)).Replace($":{port}", string.Create(CultureInfo.InvariantCulture, $":{Port}"), StringComparison.Ordinal),
            cancellationToken);
        var cluster = new SecondCluster(Command.Start(first[0], arguments), folder, kubeconfig);
        await Eventually.SeesAsync(
            "the second API server", token => cluster.Kubectl.RunAsync(token, "get", "--raw", "/readyz"), answer => answer.Succeeded, Eventually.Soon, cancellationToken);
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        Command.Kill(_process);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

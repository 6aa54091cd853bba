using System.Security.Cryptography;
using Berth.Api;
using Berth.EndToEnd.Tests;
using Berth.Kubernetes;
using Berth.Runtime.Client;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Benchmarks;

/// <summary>The stack that is measured: one node, `node-1`, and a namespace of the benchmark's own.</summary>
internal sealed class BenchmarkStack : IDisposable
{
    public const string Node = "node-1";
    public const string Namespace = "bench";

    /// <summary>An Image of a boot sector that halts for ever.</summary>
    public const string IdleImage = "idle";

    private readonly MetricFactory _metrics = new();
    private readonly KubernetesClient _client;

    public BenchmarkStack(string folder)
    {
        Folder = folder;
        if (!File.Exists(Path.Combine(folder, "kubeconfig")))
        {
            throw new InvalidOperationException($"no stack at {folder}: `make bench` brings one up");
        }

        var options = new KubernetesClientOptions { FieldManager = "berth-benchmark", UserAgent = "berth-benchmark", TypeInfoResolvers = { ApiJsonContext.Default } };
        _client = new KubernetesClient(
            KubernetesClientConfiguration.FromKubeconfig(Path.Combine(folder, "kubeconfig")), options, _metrics, TimeProvider.System, NullLogger<KubernetesClient>.Instance);
        Processes = new(Path.Combine(folder, "pids"));
        AuditLog = new(Path.Combine(folder, "logs", "audit.log"));
        LibvirtUri = File.ReadAllText(Path.Combine(folder, "nodes", Node, "libvirt-uri")).Trim();
        AgentUrl = File.ReadAllText(Path.Combine(folder, "nodes", Node, "agent-url")).Trim();
        OperatorUrl = $"http://{File.ReadAllText(Path.Combine(folder, "operator-address")).Trim()}";
    }

    public string Folder { get; }

    public IKubernetesClient Client => _client;

    public StackProcesses Processes { get; }

    public AuditLog AuditLog { get; }

    public string AgentUrl { get; }

    public string OperatorUrl { get; }

    private string LibvirtUri { get; }

    /// <summary>A path on the node as it is seen from outside.</summary>
    public string PathOnNode(string path) => $"/proc/{Processes.Pid($"host-{Node}")}/root{path}";

    public Task<CommandResult> VirshAsync(CancellationToken cancellationToken, params string[] arguments) =>
        Command.RunAsync("virsh", ["-c", LibvirtUri, .. arguments], cancellationToken);

    /// <summary>Starts again what the benchmark has ended.</summary>
    public async Task StartWhatEndedAsync(CancellationToken cancellationToken) =>
        (await Command.RunAsync(
            Checkout.PathOf("tests/stack/up.sh"), [], cancellationToken,
            environment: new Dictionary<string, string> { ["STACK_STATE"] = Folder, ["NODES"] = "1" }, deadline: TimeSpan.FromMinutes(5))).MustSucceed();

    /// <summary>Makes what the VMs need: a namespace, and the idle guest's Image beside the stack's own.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var disk = HaltedDisk();
        await File.WriteAllBytesAsync(Path.Combine(Folder, "local-images", $"{IdleImage}.img"), disk, cancellationToken);
        await Client.CreateAsync(new V1Namespace { Metadata = new() { Name = Namespace } }, cancellationToken);
        await Client.CreateAsync(
            new Image
            {
                Metadata = new() { Name = IdleImage },
                Spec = new()
                {
                    Type = ImageTypes.Disk,
                    Source = new() { Url = $"file:///var/lib/berth/local-images/{IdleImage}.img", Checksum = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(disk))}" },
                },
            },
            cancellationToken);
    }

    public void Dispose()
    {
        _client.Dispose();
        _metrics.Dispose();
    }

    // cli; hlt; and again, should anything wake it. With its timer it would wake 18 times a second, and a hundred that do take both
    // CPUs of a small machine that emulates them.
    private static byte[] HaltedDisk()
    {
        var disk = new byte[1 << 20];
        byte[] code = [0xFA, 0xF4, 0xEB, 0xFC];
        code.CopyTo(disk, 0);
        (disk[510], disk[511]) = (0x55, 0xAA);
        return disk;
    }
}

using System.Net;
using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Berth.EndToEnd.Tests.Stack))]

namespace Berth.EndToEnd.Tests;

/// <summary>The local stack that the tests run against: brought up by `make test`, with two nodes; for the tests of the trait Stack=RealNode with one that has a kubelet.</summary>
public sealed class Stack : IAsyncLifetime
{
    private ImageServer? _imageServer;
    private ApiClient? _client;

    public Stack()
    {
        // The one place where these tests read the environment: the folder of the stack's state.
#pragma warning disable RS0030
        var folder = Environment.GetEnvironmentVariable("BERTH_STACK");
#pragma warning restore RS0030
        Folder = Path.GetFullPath(string.IsNullOrEmpty(folder) ? Checkout.PathOf(".berth-test") : folder);
        Processes = new(Path.Combine(Folder, "pids"));
    }

    internal string Folder { get; }

    internal StackProcesses Processes { get; }

    internal KubernetesCli Kubectl { get; private set; } = null!;

    /// <summary>The guests that the stack's scripts have built; each node has them below its image directory.</summary>
    internal Guests Guests { get; private set; } = null!;

    internal ImageServer ImageServer => _imageServer ?? throw new InvalidOperationException("the stack is not up");

    internal IReadOnlyList<StackNode> Nodes { get; private set; } = [];

    /// <summary>Images that many tests share, served by this process.</summary>
    internal SharedImages Images { get; private set; } = null!;

    /// <summary>True when the stack's first node has a kubelet and a containerd (REAL_NODE=1).</summary>
    internal bool HasRealNode => File.Exists(Path.Combine(Folder, "real-node"));

    /// <summary>True when Berth was installed by the stack's scripts; a test of the trait Stack=Install does that itself.</summary>
    internal bool HasBerth => !File.Exists(Path.Combine(Folder, "without-berth"));

    internal AuditLog AuditLog => new(LogPath("audit"));

    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await RequireStackAsync(cancellationToken);
        var hostAddress = IPAddress.Parse((await File.ReadAllTextAsync(Path.Combine(Folder, "host-address"), cancellationToken)).Trim());
        _imageServer = new(hostAddress);
        Nodes = [.. Directory.EnumerateDirectories(Path.Combine(Folder, "nodes")).Order(StringComparer.Ordinal).Select(ReadNode)];
        Assert.True(HasRealNode || Nodes.Count >= 2, $"these tests need a stack with two nodes; {Folder} has {Nodes.Count}");
        Guests = new(Path.Combine(Folder, "local-images"));
        Images = HasBerth ? await SharedImages.CreateAsync(this, cancellationToken) : null!;
    }

    public async ValueTask DisposeAsync()
    {
        if (Images is not null)
        {
            await Images.DisposeAsync();
        }

        if (_imageServer is not null)
        {
            await _imageServer.DisposeAsync();
        }

        _client?.Dispose();
    }

    internal StackNode Node(string name) => Nodes.First(node => node.Name == name);

    internal string LogPath(string process) => Path.Combine(Folder, "logs", $"{process}.log");

    /// <summary>Where node-standin takes requests.</summary>
    internal async Task<string> StandinUrlAsync(CancellationToken cancellationToken) =>
        $"http://{(await File.ReadAllTextAsync(Path.Combine(Folder, "node-standin-address"), cancellationToken)).Trim()}";

    /// <summary>Starts again what has died, as a user would. An agent that is started takes <paramref name="accelerator"/>.</summary>
    internal async Task StartWhatDiedAsync(CancellationToken cancellationToken, string accelerator = "tcg")
    {
        var started = await Command.RunAsync(
            Checkout.PathOf("tests/stack/start.sh"), [], cancellationToken,
            environment: new Dictionary<string, string> { ["STACK_STATE"] = Folder, ["AGENT_ACCELERATOR"] = accelerator }, deadline: TimeSpan.FromMinutes(5));
        started.MustSucceed();
    }

    /// <summary>Takes Berth's chart away where a test has installed it.</summary>
    internal async Task UninstallChartAsync(CancellationToken cancellationToken) => (await ShellAsync(
        "tests/stack/tools.sh helm && helm uninstall berth --namespace berth-system --ignore-not-found --wait --timeout 5m", TimeSpan.FromMinutes(6), cancellationToken)).MustSucceed();

    /// <summary>Runs one of the stack's scripts for this stack.</summary>
    internal async Task RunScriptAsync(string script, string[] arguments, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null) =>
        (await Command.RunAsync(
            Checkout.PathOf($"tests/stack/{script}"), arguments, cancellationToken,
            environment: new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["STACK_STATE"] = Folder })).MustSucceed();

    /// <summary>Runs what a user would type, at the top of the clone, with the stack's kubeconfig and the tools that the scripts have got.</summary>
    internal Task<CommandResult> ShellAsync(string commands, TimeSpan deadline, CancellationToken cancellationToken)
    {
#pragma warning disable RS0030 // The user's own environment, as in a shell.
        var cache = Environment.GetEnvironmentVariable("BERTH_CACHE") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "berth");
        var path = Environment.GetEnvironmentVariable("PATH");
#pragma warning restore RS0030
        return Command.RunAsync(
            "/bin/bash", ["-euo", "pipefail", "-c", $"cd '{Checkout.Root}'\n{commands}"], cancellationToken, deadline: deadline,
            environment: new Dictionary<string, string> { ["KUBECONFIG"] = Path.Combine(Folder, "kubeconfig"), ["PATH"] = $"{Path.Combine(cache, "bin")}:{path}" });
    }

    /// <summary>A token of one of Berth's accounts, bound to a pod of its namespace or to none, for the API server or another audience.</summary>
    internal async Task<string> TokenAsync(string account, string? pod, string? audience, CancellationToken cancellationToken)
    {
        var spec = new JsonObject { ["expirationSeconds"] = 3600 };
        if (audience is not null)
        {
            spec["audiences"] = new JsonArray(audience);
        }

        if (pod is not null)
        {
            var made = await Kubectl.GetAsync("pod", pod, "berth-system", cancellationToken);
            spec["boundObjectRef"] = new JsonObject { ["kind"] = "Pod", ["apiVersion"] = "v1", ["name"] = pod, ["uid"] = made.Uid };
        }

        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec };
        var answer = await Kubectl.RunAsync(
            request.ToJsonString(), cancellationToken, "create", "--raw", $"/api/v1/namespaces/berth-system/serviceaccounts/{account}/token", "-f", "-");
        return (string)JsonNode.Parse(answer.MustSucceed())!["status"]!["token"]!;
    }

    /// <summary>Another pod of the agents' account on a node; nothing runs in it.</summary>
    internal Task MakeAgentPodAsync(string name, string node, CancellationToken cancellationToken) => Kubectl.ApplyAsync(
        $$"""
          {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "{{name}}", "namespace": "berth-system" },
           "spec": {"nodeName": "{{node}}", "serviceAccountName": "berth-agent", "automountServiceAccountToken": false,
                    "tolerations": [{"operator": "Exists"}], "containers": [{"name": "agent", "image": "berth-agent"}]} }
          """,
        cancellationToken);

    /// <summary>Waits until the node's agent says that it is ready.</summary>
    internal async Task BecomesReadyAsync(StackNode node, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.SeesAsync(
            $"{node.AgentProcess} to be ready", token => AnswersAsync(http, new Uri($"{AgentUrl(node)}/readyz"), token), answers => answers, Eventually.Soon, cancellationToken);
    }

    /// <summary>Where the node's agent answers for its metrics and health.</summary>
    internal string AgentUrl(StackNode node) => File.ReadAllText(Path.Combine(Folder, "nodes", node.Name, "agent-url")).Trim();

    /// <summary>Where the operator answers for its metrics and health.</summary>
    internal string OperatorUrl => $"http://{File.ReadAllText(Path.Combine(Folder, "operator-address")).Trim()}";

    /// <summary>Where etcd answers: on the operator's loopback address, at the port that every stack has.</summary>
    internal string EtcdUrl => $"http://{new Uri(OperatorUrl).Host}:22379";

    internal static async Task<bool> AnswersAsync(HttpClient http, Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(url, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private StackNode ReadNode(string folder) =>
        new(Path.GetFileName(folder), Processes, File.ReadAllText(Path.Combine(folder, "libvirt-uri")).Trim());

    private async Task RequireStackAsync(CancellationToken cancellationToken)
    {
        var kubeconfig = Path.Combine(Folder, "kubeconfig");
        Assert.True(File.Exists(kubeconfig), $"no stack at {Folder}: `make test` brings one up, or name a running one with BERTH_STACK");
        var dead = Processes.Dead();
        Assert.True(dead.Count == 0, $"the stack at {Folder} is not whole, bring it up again; it lacks: {string.Join(", ", dead)}");
        _client = new(kubeconfig);
        Kubectl = new(kubeconfig, _client);
        var nodes = await Kubectl.RunAsync(cancellationToken, "get", HasBerth ? "hypervisors" : "nodes", "-o", "name");
        Assert.True(nodes.Succeeded, $"the stack at {Folder} does not answer: bring it up again\n{nodes}");
    }
}

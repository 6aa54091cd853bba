namespace Berth.EndToEnd.Tests;

/// <summary>The test agent (tests/FaultyAgent) in the place of a node's own: the real agent, which dies at the failpoint that is armed.</summary>
internal sealed class FailpointAgent : IAsyncDisposable
{
    private readonly Stack _stack;
    private readonly StackNode _node;
    private readonly string _folder;
    private readonly string[] _arguments;

    private FailpointAgent(Stack stack, StackNode node, string[] arguments)
    {
        (_stack, _node, _arguments) = (stack, node, arguments);
        _folder = Directory.CreateDirectory(Path.Combine(stack.Folder, "failpoints", node.Name)).FullName;
    }

    private string Armed => Path.Combine(_folder, "armed");

    private string Reached => Path.Combine(_folder, "reached");

    /// <summary>Stops the node's agent and starts the test agent with the same arguments.</summary>
    public static async Task<FailpointAgent> ReplaceAsync(Stack stack, StackNode node, CancellationToken cancellationToken)
    {
        var commandLine = StackProcesses.CommandLine(stack.Processes.Pid(node.AgentProcess)) ?? throw new InvalidOperationException($"{node.AgentProcess} does not run");
        var agent = new FailpointAgent(stack, node, commandLine.Split('\0', StringSplitOptions.RemoveEmptyEntries)[1..]);
        try
        {
            await agent.StopAsync(cancellationToken);
            await agent.StartAsync(cancellationToken);
            return agent;
        }
        catch
        {
            // The tests that follow need the node's own.
            await agent.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next time that the point is reached the agent dies there.</summary>
    public void Arm(string point)
    {
        // Whole at once: the agent may read it at any time.
        File.WriteAllText(Armed + ".new", point);
        File.Move(Armed + ".new", Armed, overwrite: true);
    }

    /// <summary>Forgets what was reached.</summary>
    public void Clear() => File.WriteAllText(Reached, "");

    /// <summary>The points that were reached since <see cref="Clear"/>, each once and in the order of its first time.</summary>
    public async Task<IReadOnlyList<string>> PointsAsync(CancellationToken cancellationToken)
    {
        // What a VM's change leads to has an end, an Event mostly, that nothing else shows.
        var lines = await LinesAsync(cancellationToken);
        for (var quiet = 0; quiet < 5;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, cancellationToken);
            var now = await LinesAsync(cancellationToken);
            quiet = now.Length == lines.Length ? quiet + 1 : 0;
            lines = now;
        }

        return [.. lines.Distinct()];
    }

    /// <summary>Waits until the armed point has been reached.</summary>
    public Task DiesAsync(CancellationToken cancellationToken) => Eventually.SeesAsync(
        $"the agent to die at {File.ReadAllText(Armed)}", LinesAsync, _ => !IsAlive, Eventually.Soon, cancellationToken, lines => $"reached so far: {string.Join(", ", lines)}");

    /// <summary>Starts the agent with no point armed, and waits until it is ready.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        File.Delete(Armed);
        var started = await Command.RunAsync(
            Checkout.PathOf("tests/stack/in-host.sh"),
            [_node.AgentProcess, _node.Name, "dotnet", Program(), .. _arguments],
            cancellationToken,
            environment: new Dictionary<string, string> { ["STACK_STATE"] = _stack.Folder, ["BERTH_FAILPOINTS"] = _folder });
        started.MustSucceed();
        await _stack.BecomesReadyAsync(_node, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
        await _stack.StartWhatDiedAsync(CancellationToken.None);
    }

    private bool IsAlive => !_stack.Processes.Dead().Contains(_node.AgentProcess);

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (IsAlive)
        {
            _stack.Processes.Kill(_node.AgentProcess);
            await Eventually.SeesAsync("the agent to end", _ => Task.FromResult(IsAlive), alive => !alive, Eventually.Soon, cancellationToken);
        }
    }

    private async Task<string[]> LinesAsync(CancellationToken cancellationToken) =>
        File.Exists(Reached) ? (await File.ReadAllTextAsync(Reached, cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];

    private string Program()
    {
        var folder = Checkout.PathOf("tests/FaultyAgent/bin");
        var program = Directory.EnumerateFiles(folder, "Berth.FaultyAgent.dll", SearchOption.AllDirectories).OrderByDescending(File.GetLastWriteTimeUtc).FirstOrDefault();
        return program ?? throw new InvalidOperationException($"{folder} holds no test agent: it is built together with this project");
    }
}

using System.CommandLine;

namespace Berth.Operator.HostChecks;

/// <summary>The command line of <c>berth-operator check</c>.</summary>
internal sealed class HostCheckCommand
{
    private static readonly HostCheckOptions Defaults = new();

    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "Path of a kubeconfig. Default: the pod's ServiceAccount." };
    private readonly Option<string?> _context = new("--context") { Description = "Context of the kubeconfig. Default: its current one." };
    private readonly Option<string> _namespace = new("--namespace") { Description = "Namespace of Berth's own objects.", DefaultValueFactory = _ => Defaults.Namespace };
    private readonly Option<TimeSpan> _timeout = DurationText.Option(
        "--timeout", Defaults.Timeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), "How long hosts may take to become fit; an agent is heard every 10 s.");

    /// <summary>The command; it calls <paramref name="run"/>, whose result is the exit code.</summary>
    public Command Create(Func<HostCheckOptions, CancellationToken, Task<int>> run)
    {
        var command = new Command("check", "Looks whether each node with the label berth.dev/host=true can run VMs, and says what is wrong where it cannot: exit code 1.")
        {
            _kubeconfig, _context, _namespace, _timeout,
        };
        command.SetAction((result, cancellationToken) => run(
            new HostCheckOptions
            {
                Kubeconfig = result.GetValue(_kubeconfig),
                Context = result.GetValue(_context),
                Namespace = result.GetRequiredValue(_namespace),
                Timeout = result.GetValue(_timeout),
            },
            cancellationToken));
        return command;
    }
}

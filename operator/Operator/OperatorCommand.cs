using System.CommandLine;
using System.Net;
using Berth.Operator.Berths;
using Berth.Runtime.Logging;
using Microsoft.Extensions.Logging;

namespace Berth.Operator;

/// <summary>The command line: flags, their meaning and their defaults.</summary>
internal sealed class OperatorCommand
{
    private static readonly OperatorOptions Defaults = new();

    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "Path of a kubeconfig. Default: the pod's ServiceAccount." };
    private readonly Option<string?> _context = new("--context") { Description = "Context of the kubeconfig. Default: its current one." };
    private readonly Option<string> _namespace = With("--namespace", Defaults.Namespace, "Namespace of Berth's own objects.");
    private readonly Option<IPEndPoint> _metricsAddress = new("--metrics-address")
    {
        Description = "Address of metrics and health, such as 0.0.0.0:8080.",
        DefaultValueFactory = _ => Defaults.MetricsAddress,
        CustomParser = result => IPEndPoint.TryParse(result.Tokens[0].Value, out var address) ? address : Fail<IPEndPoint>(result, "is no address and port"),
    };

    private readonly Option<double> _cpuAllocationRatio = With("--cpu-allocation-ratio", Defaults.Berths.CpuAllocationRatio, "How many vCPUs share one CPU that is scheduled for.");
    private readonly Option<string> _pauseImage = With("--pause-image", Defaults.Berths.PauseImage, "Image of the berths: a process that sleeps until it is told to end.");
    private readonly Option<bool> _leaderElect = With("--leader-elect", Defaults.LeaderElect, "Stands for election before it works.");
    private readonly Option<LogLevel> _logLevel = With("--log-level", Defaults.LogLevel, "Trace, Debug, Information, Warning, Error or Critical.");
    private readonly Option<LogFormat> _logFormat = With("--log-format", Defaults.LogFormat, "Text or Json.");

    /// <summary>The command; it calls <paramref name="run"/> with validated options.</summary>
    public RootCommand Create(Func<OperatorOptions, CancellationToken, Task> run)
    {
        _cpuAllocationRatio.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() is > 0 and <= 1000))
            {
                result.AddError("--cpu-allocation-ratio must be more than 0 and at most 1000.");
            }
        });
        var command = new RootCommand("Gives Berth's virtual machines their places, and sums up what the nodes report.")
        {
            _kubeconfig, _context, _namespace, _metricsAddress, _cpuAllocationRatio, _pauseImage, _leaderElect, _logLevel, _logFormat,
        };
        command.SetAction((result, cancellationToken) => run(Read(result), cancellationToken));
        return command;
    }

    private OperatorOptions Read(ParseResult result) => new()
    {
        Kubeconfig = result.GetValue(_kubeconfig),
        Context = result.GetValue(_context),
        Namespace = result.GetRequiredValue(_namespace),
        MetricsAddress = result.GetRequiredValue(_metricsAddress),
        Berths = new BerthOptions { CpuAllocationRatio = result.GetValue(_cpuAllocationRatio), PauseImage = result.GetRequiredValue(_pauseImage) },
        LeaderElect = result.GetValue(_leaderElect),
        LogLevel = result.GetValue(_logLevel),
        LogFormat = result.GetValue(_logFormat),
    };

    private static Option<T> With<T>(string name, T value, string description) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static T? Fail<T>(System.CommandLine.Parsing.ArgumentResult result, string why)
    {
        result.AddError($"\"{result.Tokens[0].Value}\" {why}.");
        return default;
    }
}

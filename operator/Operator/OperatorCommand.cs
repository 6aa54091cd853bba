using System.CommandLine;
using System.Net;
using Berth.Operator.Berths;
using Berth.Operator.Certificates;
using Berth.Runtime.Logging;
using Berth.Runtime.Tracing;
using Microsoft.Extensions.Logging;

namespace Berth.Operator;

/// <summary>The command line: flags, their meaning and their defaults.</summary>
internal sealed class OperatorCommand
{
    private static readonly OperatorOptions Defaults = new();

    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "Path of a kubeconfig. Default: the pod's ServiceAccount." };
    private readonly Option<string?> _context = new("--context") { Description = "Context of the kubeconfig. Default: its current one." };
    private readonly Option<string> _namespace = With("--namespace", Defaults.Namespace, "Namespace of Berth's own objects.");
    private readonly Option<IPEndPoint> _metricsAddress = Address("--metrics-address", Defaults.MetricsAddress, "Address of metrics and health, such as 0.0.0.0:8080.");
    private readonly Option<IPEndPoint> _httpsAddress = Address("--https-address", Defaults.HttpsAddress, "Address of admission and of what agents ask for.");
    private readonly Option<string[]> _httpsNames = new("--https-name") { Description = "A name or IP address that the operator is reached under, besides those of its Service; may be repeated." };
    private readonly Option<TimeSpan> _caLifetime = Lifetime("--ca-lifetime", Defaults.AuthorityLifetime, "Life of Berth's certificate authority; renewed at half of it.");
    private readonly Option<TimeSpan> _certificateLifetime = Lifetime("--certificate-lifetime", Defaults.CertificateLifetime, "Life of the certificate that is served with; renewed after two thirds of it, and never longer than its authority's.");
    private readonly Option<TimeSpan> _agentCertificateLifetime = Lifetime(
        "--agent-certificate-lifetime", Defaults.AgentCertificateLifetime, "Life of the certificates that agents get; they renew them after two thirds of it.");

    private readonly Option<string?> _webhookCertificateDirectory = new("--webhook-certificate-directory")
    {
        Description = "Folder with tls.crt and tls.key of a certificate for admission that somebody else renews, such as cert-manager. It is shown to who asks for one of its names. Default: none.",
    };

    private readonly Option<TimeSpan> _shutdownDelay = DurationText.Option(
        "--shutdown-delay", Defaults.ShutdownDelay, TimeSpan.Zero, TimeSpan.FromSeconds(20), "How long it goes on answering after it was told to end, until nobody is sent to it any more.");

    private readonly Option<double> _cpuAllocationRatio = With("--cpu-allocation-ratio", Defaults.Berths.CpuAllocationRatio, "How many vCPUs share one CPU that is scheduled for.");
    private readonly Option<string> _pauseImage = With("--pause-image", Defaults.Berths.PauseImage, "Image of the berths: a process that sleeps until it is told to end.");
    private readonly Option<bool> _leaderElect = With("--leader-elect", Defaults.LeaderElect, "Stands for election before it works.");
    private readonly Option<LogLevel> _logLevel = With("--log-level", Defaults.LogLevel, "Trace, Debug, Information, Warning, Error or Critical.");
    private readonly Option<string?> _logLevelFile = new("--log-level-file") { Description = "File with a level that takes the place of --log-level while it is there; it is read every 5 s." };
    private readonly Option<Uri?> _otlpEndpoint = new("--otlp-endpoint")
    {
        Description = "OpenTelemetry collector for traces, by OTLP over HTTP, such as http://collector:4318. Default: none.",
        CustomParser = result => OtlpTracing.CollectorOf(result.Tokens[0].Value) ?? Fail<Uri?>(result, "is no http or https URL"),
    };

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
        _httpsNames.Validators.Add(result =>
        {
            foreach (var name in result.Tokens.Select(token => token.Value).Where(name => Uri.CheckHostName(name) == UriHostNameType.Unknown))
            {
                result.AddError($"--https-name: \"{name}\" is neither a DNS name nor an IP address.");
            }
        });
        var command = new RootCommand("Gives Berth's virtual machines their places, and sums up what the nodes report.")
        {
            _kubeconfig, _context, _namespace, _metricsAddress, _httpsAddress, _httpsNames, _caLifetime, _certificateLifetime, _agentCertificateLifetime,
            _webhookCertificateDirectory, _shutdownDelay, _cpuAllocationRatio, _pauseImage, _leaderElect, _logLevel, _logLevelFile, _logFormat, _otlpEndpoint,
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
        HttpsAddress = result.GetRequiredValue(_httpsAddress),
        HttpsNames = result.GetValue(_httpsNames) is { Length: > 0 } names ? names : Defaults.HttpsNames,
        AuthorityLifetime = result.GetValue(_caLifetime),
        CertificateLifetime = result.GetValue(_certificateLifetime),
        AgentCertificateLifetime = result.GetValue(_agentCertificateLifetime),
        WebhookCertificateDirectory = result.GetValue(_webhookCertificateDirectory),
        ShutdownDelay = result.GetValue(_shutdownDelay),
        Berths = new BerthOptions { CpuAllocationRatio = result.GetValue(_cpuAllocationRatio), PauseImage = result.GetRequiredValue(_pauseImage) },
        LeaderElect = result.GetValue(_leaderElect),
        LogLevel = result.GetValue(_logLevel),
        LogLevelFile = result.GetValue(_logLevelFile),
        OtlpEndpoint = result.GetValue(_otlpEndpoint),
        LogFormat = result.GetValue(_logFormat),
    };

    private static Option<T> With<T>(string name, T value, string description) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Option<IPEndPoint> Address(string name, IPEndPoint value, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        CustomParser = result => IPEndPoint.TryParse(result.Tokens[0].Value, out var address) ? address : Fail<IPEndPoint>(result, "is no address and port"),
    };

    private static Option<TimeSpan> Lifetime(string name, TimeSpan value, string description) =>
        DurationText.Option(name, value, CertificateOptions.ShortestLifetime, TimeSpan.MaxValue, description);

    private static T? Fail<T>(System.CommandLine.Parsing.ArgumentResult result, string why)
    {
        result.AddError($"\"{result.Tokens[0].Value}\" {why}.");
        return default;
    }
}

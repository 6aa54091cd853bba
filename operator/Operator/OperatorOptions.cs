using System.Net;
using Berth.Api;
using Berth.Operator.Berths;
using Berth.Operator.Certificates;
using Berth.Runtime.Logging;
using Microsoft.Extensions.Logging;

namespace Berth.Operator;

/// <summary>What the operator is told at start; bound and validated once, in Program.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Path of a kubeconfig; null for the in-cluster configuration.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Context of the kubeconfig; null for its current one.</summary>
    public string? Context { get; init; }

    /// <summary>Namespace of Berth's own objects: the agents' Leases and the operator's own.</summary>
    public string Namespace { get; init; } = BerthApi.DefaultNamespace;

    /// <summary>Address of the metrics and health listener.</summary>
    public IPEndPoint MetricsAddress { get; init; } = new(IPAddress.Any, 8080);

    /// <summary>Address of the HTTPS listener: admission, and what agents ask for.</summary>
    public IPEndPoint HttpsAddress { get; init; } = new(IPAddress.Any, 8443);

    /// <summary>Names and addresses that the operator is reached under, besides those of its Service.</summary>
    public IReadOnlyList<string> HttpsNames { get; init; } = [];

    /// <summary>Life of Berth's certificate authority.</summary>
    public TimeSpan AuthorityLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Life of the certificate that the operator serves with.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Life of the certificates that agents get.</summary>
    public TimeSpan AgentCertificateLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Folder with tls.crt and tls.key of a certificate that somebody else renews; it is shown to who asks for one of its names. Null for none.</summary>
    public string? WebhookCertificateDirectory { get; init; }

    /// <summary>How long everything goes on after the process was told to end.</summary>
    public TimeSpan ShutdownDelay { get; init; } = TimeSpan.Zero;

    /// <summary>The certificates' part of these options.</summary>
    public CertificateOptions Certificates =>
        new(Namespace) { AuthorityLifetime = AuthorityLifetime, CertificateLifetime = CertificateLifetime, Names = HttpsNames, GivenDirectory = WebhookCertificateDirectory };

    /// <summary>What all berths have in common.</summary>
    public BerthOptions Berths { get; init; } = new();

    /// <summary>Stands for election before it works; false only where there is surely no second one.</summary>
    public bool LeaderElect { get; init; } = true;

    /// <summary>The least level that is logged. Default: Information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>File with a level that takes the place of <see cref="LogLevel"/> while it is there, read every 5 s; null for none.</summary>
    public string? LogLevelFile { get; init; }

    /// <summary>OpenTelemetry collector that traces are sent to, by OTLP over HTTP, such as <c>http://collector:4318</c>; null for none.</summary>
    public Uri? OtlpEndpoint { get; init; }

    public LogFormat LogFormat { get; init; } = LogFormat.Text;
}

using System.Net;
using Berth.Runtime.Logging;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent;

/// <summary>What the agent is told at start; bound and validated once, in Program.</summary>
internal sealed record AgentOptions
{
    /// <summary>Name of the Node object that this agent speaks for.</summary>
    public required string NodeName { get; init; }

    /// <summary>Path of a kubeconfig; null for the in-cluster configuration.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Namespace of Berth's own objects, such as the heartbeat Lease.</summary>
    public string Namespace { get; init; } = Api.BerthApi.DefaultNamespace;

    /// <summary>Host and port of the operator, such as <c>192.0.2.1:443</c>; null for its Service. Whatever it is, the operator proves itself under the name of its Service.</summary>
    public string? OperatorAddress { get; init; }

    /// <summary>File with the token that the agent shows to the operator: for the audience <c>berth-operator</c>, bound to the agent's pod.</summary>
    public string OperatorTokenFile { get; init; } = "/var/run/secrets/berth/token";

    /// <summary>libvirt's connection URI.</summary>
    public string LibvirtUri { get; init; } = "qemu:///system";

    /// <summary>Address of the metrics and health listener.</summary>
    public IPEndPoint MetricsAddress { get; init; } = new(IPAddress.Loopback, 9443);

    /// <summary>auto (KVM when its check passes, else nothing), kvm (required) or tcg (emulation).</summary>
    public string Accelerator { get; init; } = Accelerators.Auto;

    /// <summary>The KVM device.</summary>
    public string KvmDevice { get; init; } = "/dev/kvm";

    /// <summary>Folder below which <c>file:</c> URLs of Images may point; null allows none.</summary>
    public string? ImageDirectory { get; init; }

    /// <summary>Largest image that is fetched, in bytes. Default: 64 GiB.</summary>
    public long MaxImageSize { get; init; } = 64L << 30;

    /// <summary>The least rate, in bytes a second, at which a server must send an image; 0 for none. Default: 16 KiB.</summary>
    public long MinImageRate { get; init; } = 16 << 10;

    /// <summary>Networks, comma-separated, from which images are fetched although they are loopback, link-local, or behind a redirect private. Default: none.</summary>
    public string AllowedImageAddresses { get; init; } = "";

    /// <summary>True refuses Images without a checksum.</summary>
    public bool RequireChecksums { get; init; }

    /// <summary>The agent's own folder on the node: console logs and seeds.</summary>
    public string StateDirectory { get; init; } = "/var/lib/berth";

    /// <summary>Bound of a VM's console log in bytes; the older half is dropped when it is reached. Default: 1 MiB.</summary>
    public long ConsoleLogSize { get; init; } = 1L << 20;

    /// <summary>Where libvirt keeps its logs of each domain's QEMU, as the agent sees it; that of a VM is removed when the VM is deleted.</summary>
    public string LibvirtLogDirectory { get; init; } = "/var/log/libvirt/qemu";

    /// <summary>Memory of the host, in bytes, that no guest is started into. Default: 256 MiB.</summary>
    public long MemoryReserve { get; init; } = 256L << 20;

    /// <summary>The least level that is logged. Default: Information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>File with a level that takes the place of <see cref="LogLevel"/> while it is there, read every 5 s; null for none.</summary>
    public string? LogLevelFile { get; init; }

    /// <summary>How log lines are written. Default: for people.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    /// <summary>OpenTelemetry collector that traces are sent to, by OTLP over HTTP, such as <c>http://collector:4318</c>; null for none.</summary>
    public Uri? OtlpEndpoint { get; init; }
}

/// <summary>Values of <c>--accelerator</c> and of <c>Hypervisor.status.accelerator.type</c>.</summary>
internal static class Accelerators
{
    public const string Auto = "auto";
    public const string Kvm = "kvm";
    public const string Tcg = "tcg";
    public const string None = "none";
}

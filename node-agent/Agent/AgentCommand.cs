using System.CommandLine;
using System.Net;
using Berth.Runtime.Logging;
using Berth.Runtime.Tracing;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent;

/// <summary>The command line: flags, their meaning and their defaults.</summary>
internal sealed class AgentCommand
{
    private static readonly AgentOptions Defaults = new() { NodeName = "" };

    private readonly Option<string> _nodeName = new("--node-name") { Description = "Name of this Node object.", Required = true };
    private readonly Option<string?> _kubeconfig = new("--kubeconfig") { Description = "Path of a kubeconfig. Default: the pod's ServiceAccount." };
    private readonly Option<string> _namespace = With("--namespace", Defaults.Namespace, "Namespace of Berth's own objects.");
    private readonly Option<string?> _operatorAddress = new("--operator-address") { Description = "Host and port of the operator, such as 192.0.2.1:443. Default: port 443 of its Service." };
    private readonly Option<string> _operatorTokenFile = With("--operator-token-file", Defaults.OperatorTokenFile, "File with the token for the operator: audience berth-operator, bound to the agent's pod.");
    private readonly Option<string> _libvirtUri = With("--libvirt-uri", Defaults.LibvirtUri, "libvirt's connection URI.");
    private readonly Option<IPEndPoint> _metricsAddress = new("--metrics-address")
    {
        Description = "Address of metrics and health, such as 127.0.0.1:9443.",
        DefaultValueFactory = _ => Defaults.MetricsAddress,
        CustomParser = result => IPEndPoint.TryParse(result.Tokens[0].Value, out var address) ? address : Fail<IPEndPoint>(result, "is no address and port"),
    };

    private readonly Option<string> _accelerator = With("--accelerator", Defaults.Accelerator, "auto (KVM when its check passes), kvm (required) or tcg (emulation).");
    private readonly Option<string> _kvmDevice = With("--kvm-device", Defaults.KvmDevice, "The KVM device.");
    private readonly Option<string?> _imageDirectory = new("--image-directory") { Description = "Folder below which file: URLs of Images may point. Default: none is allowed." };
    private readonly Option<long> _maxImageSize = With("--max-image-size", Defaults.MaxImageSize, "Largest image that is fetched, in bytes.");
    private readonly Option<long> _minImageRate = With("--min-image-rate", Defaults.MinImageRate, "Least rate at which a server must send an image, in bytes a second; 0 for none.");
    private readonly Option<string> _allowedImageAddresses = With(
        "--allowed-image-addresses", Defaults.AllowedImageAddresses, "Networks, such as 10.0.0.0/8,127.0.0.1/32, from which images are fetched although they are the node's own, or private and behind a redirect.");

    private readonly Option<bool> _requireChecksums = With("--require-checksums", Defaults.RequireChecksums, "Refuses Images without a checksum.");
    private readonly Option<string> _stateDirectory = With("--state-directory", Defaults.StateDirectory, "The agent's own folder on the node.");
    private readonly Option<long> _consoleLogSize = With("--console-log-size", Defaults.ConsoleLogSize, "Bound of a VM's console log, in bytes.");
    private readonly Option<string> _libvirtLogDirectory = With("--libvirt-log-directory", Defaults.LibvirtLogDirectory, "Where libvirt keeps its logs of each domain; that of a deleted VM is removed.");
    private readonly Option<long> _memoryReserve = With("--memory-reserve", Defaults.MemoryReserve, "Memory of the host that no guest is started into, in bytes.");
    private readonly Option<LogLevel> _logLevel = With("--log-level", Defaults.LogLevel, "Trace, Debug, Information, Warning, Error or Critical.");
    private readonly Option<string?> _logLevelFile = new("--log-level-file") { Description = "File with a level that takes the place of --log-level while it is there; it is read every 5 s." };
    private readonly Option<LogFormat> _logFormat = With("--log-format", Defaults.LogFormat, "Text or Json.");
    private readonly Option<Uri?> _otlpEndpoint = new("--otlp-endpoint")
    {
        Description = "OpenTelemetry collector for traces, by OTLP over HTTP, such as http://collector:4318. Default: none.",
        CustomParser = result => OtlpTracing.CollectorOf(result.Tokens[0].Value) ?? Fail<Uri?>(result, "is no http or https URL"),
    };

    /// <summary>The command; it calls <paramref name="run"/> with validated options.</summary>
    public RootCommand Create(Func<AgentOptions, CancellationToken, Task> run)
    {
        _accelerator.AcceptOnlyFromAmong(Accelerators.Auto, Accelerators.Kvm, Accelerators.Tcg);
        var command = new RootCommand("Runs Berth's virtual machines on this node's libvirt.")
        {
            _nodeName, _kubeconfig, _namespace, _operatorAddress, _operatorTokenFile, _libvirtUri, _metricsAddress, _accelerator, _kvmDevice, _imageDirectory,
            _maxImageSize, _minImageRate, _allowedImageAddresses, _requireChecksums, _stateDirectory, _consoleLogSize, _libvirtLogDirectory, _memoryReserve, _logLevel, _logLevelFile, _logFormat,
            _otlpEndpoint,
        };
        foreach (var size in (Option<long>[])[_maxImageSize, _consoleLogSize])
        {
            size.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<long>() <= 0)
                {
                    result.AddError($"{size.Name} must be more than 0.");
                }
            });
        }

        foreach (var size in (Option<long>[])[_memoryReserve, _minImageRate])
        {
            size.Validators.Add(result =>
            {
                if (result.GetValueOrDefault<long>() < 0)
                {
                    result.AddError($"{size.Name} must not be negative.");
                }
            });
        }

        _allowedImageAddresses.Validators.Add(result =>
        {
            if (!Images.ImageAddresses.AreNetworks(result.GetValueOrDefault<string>() ?? ""))
            {
                result.AddError($"{_allowedImageAddresses.Name} must be networks such as 10.0.0.0/8, with commas between them.");
            }
        });
        _operatorAddress.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } address && !IsHostAndPort(address))
            {
                result.AddError($"{_operatorAddress.Name} must be a host and a port, such as 192.0.2.1:443.");
            }
        });
        command.SetAction((result, cancellationToken) => run(Read(result), cancellationToken));
        return command;
    }

    private AgentOptions Read(ParseResult result) => new()
    {
        NodeName = result.GetRequiredValue(_nodeName),
        Kubeconfig = result.GetValue(_kubeconfig),
        Namespace = result.GetRequiredValue(_namespace),
        OperatorAddress = result.GetValue(_operatorAddress),
        OperatorTokenFile = result.GetRequiredValue(_operatorTokenFile),
        LibvirtUri = result.GetRequiredValue(_libvirtUri),
        MetricsAddress = result.GetRequiredValue(_metricsAddress),
        Accelerator = result.GetRequiredValue(_accelerator),
        KvmDevice = result.GetRequiredValue(_kvmDevice),
        ImageDirectory = result.GetValue(_imageDirectory),
        MaxImageSize = result.GetValue(_maxImageSize),
        MinImageRate = result.GetValue(_minImageRate),
        AllowedImageAddresses = result.GetRequiredValue(_allowedImageAddresses),
        RequireChecksums = result.GetValue(_requireChecksums),
        StateDirectory = Path.GetFullPath(result.GetRequiredValue(_stateDirectory)),
        ConsoleLogSize = result.GetValue(_consoleLogSize),
        LibvirtLogDirectory = Path.GetFullPath(result.GetRequiredValue(_libvirtLogDirectory)),
        MemoryReserve = result.GetValue(_memoryReserve),
        LogLevel = result.GetValue(_logLevel),
        LogLevelFile = result.GetValue(_logLevelFile),
        LogFormat = result.GetValue(_logFormat),
        OtlpEndpoint = result.GetValue(_otlpEndpoint),
    };

    private static bool IsHostAndPort(string address) =>
        Uri.TryCreate($"https://{address}", UriKind.Absolute, out var uri) && uri is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
        && address.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(address.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out var port) && port == uri.Port;

    private static Option<T> With<T>(string name, T value, string description) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static T? Fail<T>(System.CommandLine.Parsing.ArgumentResult result, string why)
    {
        result.AddError($"\"{result.Tokens[0].Value}\" {why}.");
        return default;
    }
}

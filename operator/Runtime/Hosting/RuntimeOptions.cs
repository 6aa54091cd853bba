using Berth.Runtime.Client;
using Berth.Runtime.Events;

namespace Berth.Runtime.Hosting;

/// <summary>Options of the runtime's parts.</summary>
public sealed class RuntimeOptions
{
    public KubernetesClientOptions Client { get; } = new();

    public EventPublisherOptions Events { get; set; } = new("berth");

    public DiagnosticsOptions Diagnostics { get; set; } = new();
}

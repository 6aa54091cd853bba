using System.Diagnostics.Metrics;
using Berth.Libvirt;
using Berth.Runtime.Metrics;

namespace Berth.NodeAgent.Host;

/// <summary>What this process holds of libvirt, so that a leak is seen before it hurts.</summary>
internal static class LibvirtMetrics
{
    private static readonly (LibvirtObjectKind Kind, KeyValuePair<string, object?> Label)[] Kinds =
        [.. Enum.GetValues<LibvirtObjectKind>().Select(kind => (kind, new KeyValuePair<string, object?>("kind", kind.ToString().ToLowerInvariant())))];

    public static void Register(MetricFactory metrics) => metrics.CreateGaugeCallback(
        "libvirt_open_handles",
        "References held on libvirt's objects. At rest there are those of the connections and their callbacks alone.",
        () => Kinds.Select(each => new Measurement<double>(LibvirtHandles.Open(each.Kind), each.Label)));
}

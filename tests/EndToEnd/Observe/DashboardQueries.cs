using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>The queries of the dashboards, as Grafana would send them for one VM on one node.</summary>
internal static class DashboardQueries
{
    /// <summary>Only a guest with a balloon driver gives these; guests without an operating system have none.</summary>
    public static readonly IReadOnlyList<string> OfGuestsWithDriver = ["berth_virtual_machine_memory_usable_bytes", "berth_virtual_machine_memory_unused_bytes"];

    public static IReadOnlyList<(string Panel, string Query)> Read(string inNamespace, string machine, string node) =>
    [
        .. from file in Directory.GetFiles(Checkout.PathOf("charts/berth/files/dashboards"), "*.json").Order(StringComparer.Ordinal)
           from panel in JsonNode.Parse(File.ReadAllText(file))!["panels"]!.AsArray()
           where (string?)panel!["type"] != "row"
           from target in panel["targets"]!.AsArray()
           select ($"{Path.GetFileName(file)}: {panel["title"]}", Fill((string)target!["expr"]!, inNamespace, machine, node)),
    ];

    private static string Fill(string query, string inNamespace, string machine, string node) => query
        .Replace("$__rate_interval", "10s", StringComparison.Ordinal)
        .Replace("$namespace", inNamespace, StringComparison.Ordinal)
        .Replace("$name", machine, StringComparison.Ordinal)
        .Replace("$node", node, StringComparison.Ordinal);
}

using System.Text.Json.Nodes;

namespace Berth.Testing.GitOps;

/// <summary>Settings of the chart, as <c>--set</c> takes them, that together reach every part of its templates.</summary>
public static class ChartSettings
{
    /// <summary>What reaches parts of templates that no switch does.</summary>
    public static IReadOnlyList<string> Others { get; } =
    [
        "operator.replicas=2",
        "operator.userData.allNamespaces=false,operator.userData.namespaces={default,kube-public}",
        "operator.service.clusterIP=10.96.0.50",
        "operator.priorityClassName=,agent.priorityClassName=",
        "agent.poolDirectories={/srv/vms,/mnt/fast},agent.images.directory=/srv/images,agent.images.allowedAddresses={10.0.0.0/8}",
        "agent.metrics.address=127.0.0.1",
        "tracing.otlpEndpoint=http://collector.monitoring:4318",
        "certManager.enabled=true,certManager.issuerRef.kind=ClusterIssuer,certManager.issuerRef.name=internal",
        "networkPolicy.apiServer.cidrs={10.0.0.1/32}",
        "monitoring.rules.enabled=true,monitoring.rules.runbookUrl=https://docs.example/berth",
        "commonLabels.team=vms,operator.podLabels.a=b,agent.podLabels.a=b,operator.podAnnotations.a=b,agent.podAnnotations.a=b,imagePullSecrets[0].name=registry",
    ];

    /// <summary>Each value that is true or false by default, turned over.</summary>
    public static IEnumerable<string> Switches { get; } =
        Booleans(ManifestReader.Read(Checkout.Text("charts/berth/values.yaml")).Single(), "").Select(value => $"{value.Path}={(value.Default ? "false" : "true")}");

    private static IEnumerable<(string Path, bool Default)> Booleans(JsonObject values, string prefix) => values.SelectMany(pair => pair.Value switch
    {
        JsonObject map => Booleans(map, $"{prefix}{pair.Key}."),
        JsonValue value when value.TryGetValue<bool>(out var on) => [(prefix + pair.Key, on)],
        _ => [],
    });
}

using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Berth.Chart.Tests;

public sealed class ValuesTests
{
    [Fact]
    public async Task The_chart_passes_helms_strict_lint() => await Tool.Helm.OutputAsync("lint", "--strict", Rendering.Chart);

    [Fact]
    public void Every_value_has_a_default_and_a_schema()
    {
        var defaults = ChartValues.All(ChartValues.Defaults).Select(value => value.Path).Order(StringComparer.Ordinal);
        var described = ChartValues.Described(ChartValues.Schema).Where(path => path != "global").Order(StringComparer.Ordinal);
        Assert.Equal(described, defaults);
    }

    [Fact]
    public void The_schema_lets_nothing_through_that_it_does_not_name() => Assert.All(
        Objects(ChartValues.Schema).Where(schema => schema["properties"] is not null),
        schema => Assert.False((bool)schema["additionalProperties"]!, schema.GetPath()));

    [Fact]
    public void Chart_and_programs_have_one_version()
    {
        var version = (string)XDocument.Load(Checkout.PathOf("Directory.Build.props")).Descendants("VersionPrefix").Single();
        var lines = Checkout.Text("charts/berth/Chart.yaml").Split('\n');
        Assert.Contains($"version: {version}", lines);
        Assert.Contains($"appVersion: {version}", lines);
    }

    /// <summary>What is wrong, and how the message names the field.</summary>
    [Theory]
    [InlineData("""{"operater": {}}""", "additional properties 'operater' not allowed")]
    [InlineData("""{"operator": {"replica": 3}}""", "at '/operator': additional properties 'replica' not allowed")]
    [InlineData("""{"operator": {"replicas": 0}}""", "at '/operator/replicas': minimum: got 0, want 1")]
    [InlineData("""{"operator": {"replicas": "two"}}""", "at '/operator/replicas': got string, want integer")]
    [InlineData("""{"operator": {"listenAddress": "10.0.0.1"}}""", "at '/operator/listenAddress': value must be one of '0.0.0.0', '[::]'")]
    [InlineData("""{"operator": {"cpuAllocationRatio": 0}}""", "at '/operator/cpuAllocationRatio': exclusiveMinimum: got 0, want 0")]
    [InlineData("""{"operator": {"certificates": {"authorityLifetime": "1y"}}}""", "at '/operator/certificates/authorityLifetime': value must be 'a whole number of at least 1 and s, m, h or d, such as 90d'")]
    [InlineData("""{"operator": {"certificates": {"agentLifetime": "0h"}}}""", "at '/operator/certificates/agentLifetime': value must be 'a whole number of at least 1 and s, m, h or d, such as 90d'")]
    [InlineData("""{"operator": {"shutdownDelay": "1m"}}""", "at '/operator/shutdownDelay': value must be '0s to 20s'")]
    [InlineData("""{"operator": {"logLevel": "debug"}}""", "at '/operator/logLevel': value must be one of 'Trace', 'Debug'")]
    [InlineData("""{"operator": {"image": {"tag": "latest"}}}""", "at '/operator/image/tag': value must be 'an image\\'s tag that says which version it is, so never latest'")]
    [InlineData("""{"operator": {"image": {"digest": "sha256:abc"}}}""", "at '/operator/image/digest': value must be 'sha256: and 64 hexadecimal digits, or nothing'")]
    [InlineData("""{"operator": {"image": {"repository": "registry.example/berth-operator:1"}}}""", "at '/operator/image/repository': value must be 'the name of an image without tag and digest")]
    [InlineData("""{"operator": {"image": {"pullPolicy": "Sometimes"}}}""", "at '/operator/image/pullPolicy': value must be one of 'Always'")]
    [InlineData("""{"operator": {"service": {"clusterIP": "10.96.0.300"}}}""", "at '/operator/service/clusterIP': value must be 'an IP address, or nothing'")]
    [InlineData("""{"operator": {"resources": {"limits": {"memory": "lots"}}}}""", "at '/operator/resources/limits/memory': value must be 'a quantity, such as 50m or 64Mi'")]
    [InlineData("""{"operator": {"userData": {"namespaces": ["Shop"]}}}""", "at '/operator/userData/namespaces/0': value must be 'the name of a namespace'")]
    [InlineData("""{"operator": {"extraArgs": ["verbose"]}}""", "at '/operator/extraArgs/0': value must be 'a flag, such as --name=value'")]
    [InlineData("""{"tracing": {"otlpEndpoint": "collector:4317"}}""", "at '/tracing/otlpEndpoint': value must be 'an http or https URL, such as http://collector:4318, or nothing'")]
    [InlineData("""{"agent": {"accelerator": "hvf"}}""", "at '/agent/accelerator': value must be one of 'auto', 'kvm', 'tcg'")]
    [InlineData("""{"agent": {"kvmDevice": "/dev/../etc/passwd"}}""", "at '/agent/kvmDevice': value must be 'a device below /dev, such as /dev/kvm'")]
    [InlineData("""{"agent": {"libvirt": {"uri": "qemu+ssh://elsewhere/system"}}}""", "at '/agent/libvirt/uri': value must be 'qemu:///system, perhaps with parameters'")]
    [InlineData("""{"agent": {"libvirt": {"socketDirectory": "run/libvirt"}}}""", "at '/agent/libvirt/socketDirectory': value must be 'an absolute path without . and .., such as /srv/vms'")]
    [InlineData("""{"agent": {"poolDirectories": ["/srv/vms", "/srv/../etc"]}}""", "at '/agent/poolDirectories/1': value must be 'an absolute path without . and .., such as /srv/vms'")]
    [InlineData("""{"agent": {"poolDirectories": ["/"]}}""", "at '/agent/poolDirectories/0': value must be 'an absolute path")]
    [InlineData("""{"agent": {"memoryReserve": "256MB"}}""", "at '/agent/memoryReserve': value must be 'a size: a whole number, with Ki, Mi, Gi or Ti or without, such as 256Mi'")]
    [InlineData("""{"agent": {"consoleLogSize": "0"}}""", "at '/agent/consoleLogSize': value must be 'a size of at least 1")]
    [InlineData("""{"agent": {"images": {"allowedAddresses": ["10.0.0.0/33"]}}}""", "at '/agent/images/allowedAddresses/0': value must be 'a network, such as 10.0.0.0/8 or fd00::/8'")]
    [InlineData("""{"agent": {"images": {"allowedAddresses": ["internal.example"]}}}""", "at '/agent/images/allowedAddresses/0': value must be 'a network, such as 10.0.0.0/8 or fd00::/8'")]
    [InlineData("""{"agent": {"images": {"directory": "images"}}}""", "at '/agent/images/directory': value must be 'an absolute path without . and .., such as /srv/images, or nothing'")]
    [InlineData("""{"agent": {"metrics": {"port": 70000}}}""", "at '/agent/metrics/port': maximum: got 70,000, want 65,535")]
    [InlineData("""{"agent": {"metrics": {"address": "0.0.0.0"}}}""", "at '/agent/metrics/address': value must be one of '$(HOST_IP)'")]
    [InlineData("""{"agent": {"maxUnavailable": "ten"}}""", "at '/agent/maxUnavailable': value must be 'a number of at least 1, or a share such as 10%'")]
    [InlineData("""{"agent": {"tolerations": [{"operator": "Always"}]}}""", "at '/agent/tolerations/0/operator': value must be one of 'Exists', 'Equal'")]
    [InlineData("""{"agent": {"nodeSelector": {"disk": true}}}""", "at '/agent/nodeSelector/disk': got boolean, want string")]
    [InlineData("""{"pause": {"image": {"pullPolicy": "Always"}}}""", "at '/pause/image': additional properties 'pullPolicy' not allowed")]
    [InlineData("""{"webhooks": {"enabled": "no"}}""", "at '/webhooks/enabled': got string, want boolean")]
    [InlineData("""{"certManager": {"issuerRef": {"name": "internal"}}}""", "at '/certManager/issuerRef': properties 'kind' required, if 'name' exists")]
    [InlineData("""{"certManager": {"duration": "90d"}}""", "at '/certManager/duration': value must be 'a whole number of at least 1 and h, such as 2160h'")]
    [InlineData("""{"networkPolicy": {"apiServer": {"cidrs": ["10.0.0.1"]}}}""", "at '/networkPolicy/apiServer/cidrs/0': value must be 'a network, such as 10.0.0.0/8 or fd00::/8'")]
    [InlineData("""{"networkPolicy": {"metricsFrom": [{}]}}""", "at '/networkPolicy/metricsFrom/0': minProperties: got 0, want 1")]
    [InlineData("""{"monitoring": {"serviceMonitor": {"interval": "30"}}}""", "at '/monitoring/serviceMonitor/interval': value must be 'a whole number of at least 1 and s or m, such as 30s'")]
    [InlineData("""{"monitoring": {"rules": {"runbookUrl": "docs.example/berth#alerts"}}}""", "at '/monitoring/rules/runbookUrl': value must be 'an http or https URL without a fragment, such as https://docs.example/berth/troubleshooting, or nothing'")]
    [InlineData("""{"commonLabels": {"team": "a b"}}""", "at '/commonLabels/team': 'a b' does not match pattern")]
    [InlineData("""{"imagePullSecrets": ["registry"]}""", "at '/imagePullSecrets/0': got string, want object")]
    [InlineData("""{"test": {"timeout": "soon"}}""", "at '/test/timeout': value must be 'a whole number of at least 1 and s, m, h or d, such as 90d'")]
    public async Task A_bad_value_is_refused_by_the_name_of_its_field(string values, string message)
    {
        var said = await TemplateAsync(values);
        Assert.NotEqual(0, said.Code);
        Assert.Contains(message, said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"operator": {"replicas": 3, "cpuAllocationRatio": 0.5, "shutdownDelay": "20s", "service": {"clusterIP": "10.96.0.50"}}}""")]
    [InlineData("""{"operator": {"listenAddress": "[::]", "service": {"clusterIP": "fd00::50"}, "priorityClassName": "", "image": {"digest": "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}}""")]
    [InlineData("""{"agent": {"poolDirectories": ["/srv/vms", "/mnt/fast.1"], "memoryReserve": "0", "maxUnavailable": 3, "images": {"directory": "/srv/images", "allowedAddresses": ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8", "::1/128"]}}}""")]
    [InlineData("""{"agent": {"metrics": {"address": "[::1]"}, "libvirt": {"uri": "qemu+unix:///system?socket=/run/libvirt/virtqemud-sock"}, "resources": {"requests": {"cpu": 0.5, "memory": "64Mi"}}}}""")]
    [InlineData("""{"certManager": {"enabled": true, "issuerRef": {"kind": "ClusterIssuer", "name": "internal"}}, "imagePullSecrets": [{"name": "registry"}], "commonLabels": {"example.com/team": "vms"}}""")]
    public async Task Good_values_are_taken(string values)
    {
        var said = await TemplateAsync(values);
        Assert.True(said.Code == 0, said.Error);
    }

    private static async Task<Said> TemplateAsync(string values)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, values, TestContext.Current.CancellationToken);
            return await Tool.Helm.RunAsync("template", "berth", Rendering.Chart, "--values", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => Objects(pair.Value)).Prepend(map),
        JsonArray list => list.SelectMany(Objects),
        _ => [],
    };
}

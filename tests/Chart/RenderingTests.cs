using System.Text.Json.Nodes;
using Berth.Testing.GitOps;

namespace Berth.Chart.Tests;

/// <summary>What the chart renders, for every switch on and off, and for an old and a new cluster.</summary>
public sealed class RenderingTests
{
    private const string Agent = "berth-agent";

    private static readonly string[] ClusterScoped =
    [
        "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
    ];

    public static TheoryData<string> Switches => [.. ChartSettings.Switches];

    public static TheoryData<string> Settings => [.. ChartSettings.Others];

    [Theory]
    [MemberData(nameof(Switches))]
    public async Task Each_switch_changes_something_and_leaves_good_objects(string setting)
    {
        var (usual, switched) = (await Rendering.OfAsync(), await Rendering.OfAsync("--set", setting));
        AssertGood(switched);
        var file = setting.Split('.')[1] switch { "rules" => "charts/berth/files/alerts.yaml", "dashboards" => "charts/berth/files/dashboards", _ => null };
        if (file is null || Path.Exists(Checkout.PathOf(file)))
        {
            Assert.NotEqual(Texts(usual), Texts(switched));
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Settings_leave_good_objects(string setting) => AssertGood(await Rendering.OfAsync("--set", setting));

    [Theory]
    [InlineData("1.20.2", "policy/v1beta1")]
    [InlineData("v1.21.0", "policy/v1")]
    [InlineData("1.33.1-gke.1", "policy/v1")]
    public async Task The_disruption_budget_is_of_a_version_that_the_cluster_has(string cluster, string version)
    {
        var objects = await Rendering.OfAsync("--kube-version", cluster);
        AssertGood(objects);
        Assert.Equal(version, (string?)Assert.Single(objects, item => item.Kind() == "PodDisruptionBudget")["apiVersion"]);
    }

    [Fact]
    public async Task A_cluster_that_is_too_old_is_refused()
    {
        var said = await Tool.Helm.RunAsync("template", "berth", Rendering.Chart, "--kube-version", "1.19.0");
        Assert.NotEqual(0, said.Code);
        Assert.Contains("1.20", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_namespace_is_used_throughout()
    {
        var text = await Tool.Helm.OutputAsync("template", "berth", Rendering.Chart, "--namespace", "vms", "--set", "certManager.enabled=true,monitoring.serviceMonitor.enabled=true,crds.enabled=false");
        Assert.DoesNotContain("berth-system", text, StringComparison.Ordinal);
        Assert.Contains("--namespace=vms", text, StringComparison.Ordinal);
        Assert.Contains("vms/berth-webhook", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_definitions_are_those_of_config_and_stay_when_the_chart_goes()
    {
        var rendered = (await Rendering.OfAsync()).Where(item => item.Kind() == "CustomResourceDefinition").ToDictionary(item => item.Name());
        var written = Directory.GetFiles(Checkout.PathOf("config/crd"), "*.yaml");
        Assert.Equal(written.Select(Path.GetFileName).Order(), Directory.GetFiles(Checkout.PathOf("charts/berth/files/crds")).Select(Path.GetFileName).Order());
        Assert.Equal(written.Length, rendered.Count);
        foreach (var file in written)
        {
            Assert.Equal(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), Checkout.Text($"charts/berth/files/crds/{Path.GetFileName(file)}"));
            var definition = Assert.Single(Rendering.Objects(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)));
            var found = rendered[definition.Name()];
            Assert.Equal("keep", (string?)found["metadata"]!["annotations"]!["helm.sh/resource-policy"]);
            Assert.Equal(definition["spec"]!.ToJsonString(), found["spec"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Nothing_but_the_definitions_is_kept() => Assert.All(
        (await Rendering.OfAsync()).Where(item => item["metadata"]!["annotations"]?["helm.sh/resource-policy"] is not null),
        item => Assert.Equal("CustomResourceDefinition", item.Kind()));

    [Fact]
    public async Task Webhooks_match_nothing_of_the_clusters_own_with_failure_policy_fail()
    {
        var webhooks = (await Rendering.OfAsync()).Where(item => item.Kind().EndsWith("WebhookConfiguration", StringComparison.Ordinal)).SelectMany(item => item["webhooks"].Items()).ToList();
        Assert.Equal(3, webhooks.Count);
        Assert.All(webhooks, webhook =>
        {
            var groups = webhook["rules"].Items().SelectMany(rule => rule["apiGroups"].Texts());
            Assert.True((string?)webhook["failurePolicy"] == "Ignore" || groups.All(group => group == "berth.dev"), (string?)webhook["name"]);
            Assert.InRange((long)webhook["timeoutSeconds"]!, 1, 5);
        });
    }

    [Fact]
    public async Task People_are_given_no_status_and_hosts_are_left_to_administrators()
    {
        var roles = (await Rendering.OfAsync()).Where(item => item.Kind() == "ClusterRole").ToDictionary(item => item.Name());
        foreach (var (name, into) in new (string, string?)[] { ("berth-view", "view"), ("berth-edit", "edit"), ("berth-admin", "admin"), ("berth-hosts", null) })
        {
            var aggregated = roles[name].Labels().Where(label => label.Key.StartsWith("rbac.authorization.k8s.io/aggregate-to-", StringComparison.Ordinal)).Select(label => label.Key.Split("-to-")[1]);
            Assert.Equal(into is null ? [] : [into], aggregated);
            Assert.DoesNotContain(roles[name]["rules"].Items().SelectMany(rule => rule["resources"].Texts()), resource => resource.Contains('/', StringComparison.Ordinal));
        }

        var writable = new[] { "berth-view", "berth-edit", "berth-admin" }.SelectMany(name => roles[name]["rules"].Items())
            .Where(rule => rule["verbs"].Texts().Except(["get", "list", "watch"]).Any()).SelectMany(rule => rule["resources"].Texts()).Distinct();
        Assert.Equal(["virtualmachines", "storagevolumes"], writable);
    }

    [Fact]
    public async Task Agents_show_tokens_that_are_bound_to_their_pods()
    {
        var pod = (await Rendering.OfAsync()).Single(item => item.Kind() == "DaemonSet").PodSpec()!;
        var tokens = pod["volumes"].Items().SelectMany(volume => volume["projected"]?["sources"].Items() ?? []).Select(source => source["serviceAccountToken"]).OfType<JsonObject>().ToList();
        Assert.Equal([null, "berth-operator"], tokens.Select(token => (string?)token["audience"]));
        Assert.Equal("true", (string?)pod["nodeSelector"]!["berth.dev/host"]);
    }

    /// <summary>They are Prometheus' and Grafana's own files, whose braces are theirs.</summary>
    [Fact]
    public async Task Alerts_and_dashboards_are_taken_from_their_files_as_they_are()
    {
        const string Alerts = "groups:\n- name: berth\n  rules:\n  - alert: A\n    expr: up == 0\n    annotations:\n      summary: '{{ $labels.node }} is down'\n";
        const string Dashboard = "{\n  \"title\": \"Nodes\",\n  \"legend\": \"{{node}}\"\n}\n";
        var copy = Directory.CreateTempSubdirectory("berth-chart-").FullName;
        try
        {
            await Tool.CopyAsync(Checkout.PathOf(Rendering.Chart), copy);
            Directory.CreateDirectory(Path.Combine(copy, "files", "dashboards"));
            await File.WriteAllTextAsync(Path.Combine(copy, "files", "alerts.yaml"), Alerts, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(copy, "files", "dashboards", "nodes.json"), Dashboard, TestContext.Current.CancellationToken);
            var text = await Tool.Helm.OutputAsync("template", "berth", copy, "--namespace", Rendering.Namespace, "--set", "monitoring.rules.enabled=true,monitoring.dashboards.enabled=true");
            var objects = Rendering.Objects(text).ToDictionary(item => item.Identity());

            Assert.Equal(Rendering.Objects(Alerts)[0].ToJsonString(), objects["PrometheusRule berth-system/berth"]["spec"]!.ToJsonString());
            var dashboard = objects["ConfigMap berth-system/berth-dashboard-nodes"];
            Assert.Equal(Dashboard.TrimEnd(), ((string)dashboard["data"]!["nodes.json"]!).TrimEnd());
            Assert.Equal("1", dashboard.Labels()["grafana_dashboard"]);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task Alerts_link_to_where_the_team_reads_what_to_do()
    {
        var text = await Tool.Helm.OutputAsync(
            "template", "berth", Rendering.Chart, "--namespace", Rendering.Namespace, "--set", "monitoring.rules.enabled=true,monitoring.rules.runbookUrl=https://docs.example/berth");
        var groups = Rendering.Objects(text).Single(item => item.Kind() == "PrometheusRule")["spec"]!["groups"].Items();
        var rules = groups.SelectMany(group => group["rules"].Items()).ToList();

        Assert.NotEmpty(rules);
        Assert.All(rules, rule => Assert.Equal($"https://docs.example/berth#{((string)rule["alert"]!).ToLowerInvariant()}", (string?)rule["annotations"]!["runbook_url"]));
    }

    private static void AssertGood(IReadOnlyList<JsonObject> objects)
    {
        Assert.NotEmpty(objects);
        Assert.Equal(objects.Count, objects.Select(item => item.Identity()).Distinct().Count());
        foreach (var item in objects)
        {
            AssertGood(item);
        }

        foreach (var maker in objects.Where(item => item.Kind() is "Deployment" or "DaemonSet"))
        {
            var labels = maker["spec"]!["template"]!.Labels();
            foreach (var (key, value) in (JsonObject)maker["spec"]!["selector"]!["matchLabels"]!)
            {
                Assert.Equal((string?)value, labels[key]);
            }

            Assert.All(objects.Where(item => item.Kind() == "Service"), service => Assert.Contains((string?)service["spec"]!["selector"]!["app.kubernetes.io/name"], new[] { "berth-operator", Agent }));
        }
    }

    private static void AssertGood(JsonObject item)
    {
        var labels = item.Labels();
        Assert.Equal(("berth", "Helm"), (labels["app.kubernetes.io/part-of"], labels["app.kubernetes.io/managed-by"]));
        Assert.StartsWith("berth-", labels["helm.sh/chart"], StringComparison.Ordinal);
        var isUserData = item.Kind() == "RoleBinding" && item.Name() == "berth-user-data";
        Assert.Equal(ClusterScoped.Contains(item.Kind()) ? null : isUserData ? item.NamespaceOf() : Rendering.Namespace, item.NamespaceOf());
        if (item.Kind() is "Role" or "ClusterRole")
        {
            Assert.All(item["rules"].Items(), rule => Assert.DoesNotContain("*", rule["apiGroups"].Texts().Concat(rule["resources"].Texts()).Concat(rule["verbs"].Texts())));
        }

        Assert.All(item.Kind() == "Service" ? item["spec"]!["ports"].Items() : [], port => Assert.Equal("TCP", (string?)port["protocol"]));
        if (item.PodSpec() is { } pod)
        {
            AssertGoodPod(item, pod);
        }
    }

    private static void AssertGoodPod(JsonObject item, JsonNode pod)
    {
        var isAgent = item.Name() == Agent;
        Assert.False((bool)pod["automountServiceAccountToken"]!);
        Assert.Equal(isAgent, (bool?)pod["hostNetwork"] ?? false);
        Assert.Equal(isAgent, (bool?)pod["hostPID"] ?? false);
        Assert.Equal(isAgent, pod["volumes"].Items().Any(volume => volume["hostPath"] is not null));
        Assert.Equal(!isAgent, (bool?)pod["securityContext"]!["runAsNonRoot"] ?? false);
        Assert.Equal(isAgent ? null : "RuntimeDefault", (string?)pod["securityContext"]!["seccompProfile"]?["type"]);
        var volumes = pod["volumes"].Items().Select(volume => (string?)volume["name"]).ToList();
        foreach (var container in pod["containers"].Items())
        {
            var image = (string)container["image"]!;
            Assert.Matches("(:[^:/@]+|@sha256:[0-9a-f]{64})$", image);
            Assert.False(image.EndsWith(":latest", StringComparison.Ordinal), image);
            var security = container["securityContext"]!;
            Assert.Equal(isAgent, (bool?)security["privileged"] ?? false);
            Assert.True((bool)security["readOnlyRootFilesystem"]!);
            Assert.Equal(["ALL"], security["capabilities"]!["drop"].Texts());
            Assert.Equal(isAgent ? null : false, (bool?)security["allowPrivilegeEscalation"]);
            Assert.NotNull(container["resources"]);
            Assert.All(container["ports"].Items(), port => Assert.Equal("TCP", (string?)port["protocol"]));
            Assert.Equal(volumes.Order(), container["volumeMounts"].Items().Select(mount => (string?)mount["name"]).Order());
        }
    }

    private static string Texts(IEnumerable<JsonObject> objects) => string.Join('\n', objects.Select(item => item.ToJsonString()));
}

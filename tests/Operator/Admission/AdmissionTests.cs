using System.Text;
using System.Text.Json.Nodes;
using Berth.Operator.Certificates;
using Berth.Operator.Serving;
using Berth.Operator.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Admission;

public sealed class AdmissionTests
{
    private const string Operator = "system:serviceaccount:berth-system:berth-operator";
    private const string Agent = "system:serviceaccount:berth-system:berth-agent";

    [Fact]
    public async Task What_cannot_work_is_refused_with_every_field_named()
    {
        await using var rig = await OperatorRig.StartAsync();
        var answer = await AskAsync(rig, "validate", "virtualmachines", Machine("""{"memory":{"size":"64Mi"},"cpu":{"cores":0},"disks":[{"name":"A","cdrom":{"image":"x"},"bus":"virtio"}]}"""));
        Assert.False(Allowed(answer));
        Assert.Equal(422, (int?)answer["status"]!["code"]);
        var details = answer["status"]!["details"]!;
        Assert.Equal(["spec.cpu.cores", "spec.disks[0].name", "spec.disks[0].bus"], details["causes"]!.AsArray().Select(cause => (string?)cause!["field"]));
        Assert.Equal(("web", "berth.dev", "VirtualMachine"), ((string?)details["name"], (string?)details["group"], (string?)details["kind"]));

        // kubectl puts the field before it.
        Assert.StartsWith("spec.cpu.cores: ", (string?)answer["status"]!["message"], StringComparison.Ordinal);
        Assert.DoesNotContain("spec.cpu.cores", (string?)details["causes"]![0]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_this_version_does_not_carry_out_and_what_is_unwise_are_warned_of()
    {
        await using var rig = await OperatorRig.StartAsync();
        var answer = await AskAsync(rig, "validate", "virtualmachines", Machine("""{"memory":{"size":"64Mi","hugepages":"2Mi"},"terminationGracePeriodSeconds":0}"""));
        Assert.True(Allowed(answer));
        var warnings = answer["warnings"]!.AsArray().Select(warning => (string?)warning).ToList();
        foreach (var field in (string[])["spec.memory.hugepages", "spec.memory.size", "spec.terminationGracePeriodSeconds", "spec.disks"])
        {
            Assert.Contains(warnings, warning => warning!.StartsWith(field + ":", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("images", """{"source":{"url":"https://a.example/1"}}""", """{"source":{"url":"https://a.example/2"}}""", "spec.source")]
    [InlineData("storagepools", """{"type":"dir","target":{"path":"/srv/a"}}""", """{"type":"dir","target":{"path":"/srv/b"}}""", "spec.target.path")]
    [InlineData("storagevolumes", """{"pool":"a","size":"1Gi"}""", """{"pool":"b","size":"1Gi"}""", "spec.pool")]
    [InlineData("storagevolumes", """{"format":"qcow2","size":"1Gi"}""", """{"format":"raw","size":"1Gi"}""", "spec.format")]
    [InlineData("storagevolumes", """{"source":{"image":"a"}}""", """{"source":{"image":"b"}}""", "spec.source")]
    [InlineData("storagevolumes", """{"size":"2Gi"}""", """{"size":"1Gi"}""", "spec.size")]
    public async Task What_may_not_change_does_not(string resource, string old, string fresh, string field)
    {
        await using var rig = await OperatorRig.StartAsync();
        var answer = await AskAsync(rig, "validate", resource, Item(fresh), Item(old));
        Assert.False(Allowed(answer));
        Assert.Equal(field, (string?)answer["status"]!["details"]!["causes"]![0]!["field"]);
    }

    [Fact]
    public async Task What_was_wrong_before_does_not_keep_anybody_from_changing_something_else()
    {
        await using var rig = await OperatorRig.StartAsync();
        var old = Machine("""{"memory":{"size":"64Mi"},"cpu":{"cores":0}}""");
        Assert.True(Allowed(await AskAsync(rig, "validate", "virtualmachines", Machine("""{"memory":{"size":"64Mi"},"cpu":{"cores":0},"powerState":"Stopped"}"""), old)));
        Assert.False(Allowed(await AskAsync(rig, "validate", "virtualmachines", Machine("""{"memory":{"size":"64Mi"},"cpu":{"cores":0,"threads":99}}"""), old)));
        var deleting = Machine("""{"memory":{"size":"0"}}""");
        deleting["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        Assert.True(Allowed(await AskAsync(rig, "validate", "virtualmachines", deleting, old)));
    }

    [Fact]
    public async Task What_was_stored_in_another_shape_can_be_mended()
    {
        await using var rig = await OperatorRig.StartAsync();
        var old = Machine("""{"memory":{"size":"64Mi"},"disks":{}}""");
        Assert.True(Allowed(await AskAsync(rig, "validate", "virtualmachines", Machine("""{"memory":{"size":"64Mi"}}"""), old)));
        Assert.False(Allowed(await AskAsync(rig, "validate", "virtualmachines", Machine("""{"memory":{"size":"0"}}"""), old)));
    }

    [Fact]
    public async Task An_object_as_deep_as_the_API_server_allows_is_refused_when_new_and_can_be_let_go()
    {
        await using var rig = await OperatorRig.StartAsync();
        var deep = string.Concat(Enumerable.Repeat("{\"key\":", 9_000)) + "1" + new string('}', 9_000);
        var spec = $$"""{"memory":{"size":"64Mi"},"devices":{{deep}}}""";
        var refused = await ReviewAsync(rig, "validate", Deep("CREATE", spec, null));
        Assert.False(Allowed(refused));
        var field = (string?)refused["status"]!["details"]!["causes"]![0]!["field"];
        Assert.StartsWith("spec.devices", field, StringComparison.Ordinal);
        Assert.True(field!.Length < 200, field);
        Assert.True(Allowed(await ReviewAsync(rig, "validate", Deep("UPDATE", spec, spec))));
        Assert.True(Allowed(await ReviewAsync(rig, "finalizer", Deep("CREATE", spec, null))));
    }

    private static string Deep(string operation, string fresh, string? old)
    {
        var (item, before) = (Text(fresh), old is null ? "null" : Text(old));
        return $$$"""
            {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"{{{operation}}}","userInfo":{"username":"tenant"},
             "resource":{"group":"berth.dev","version":"v1alpha1","resource":"virtualmachines"},"object":{{{item}}},"oldObject":{{{before}}}}}
            """;

        static string Text(string spec) => $$$"""{"metadata":{"name":"web","namespace":"shop"},"spec":{{{spec}}}}""";
    }

    [Theory]
    [InlineData("virtualmachines", null, "[\"berth.dev/release\"]")]
    [InlineData("storagevolumes", "[]", "[\"berth.dev/release\"]")]
    [InlineData("virtualmachines", "[\"a.example/b\"]", "[\"a.example/b\",\"berth.dev/release\"]")]
    [InlineData("virtualmachines", "[\"berth.dev/release\"]", null)]
    [InlineData("images", null, null)]
    public async Task The_finalizer_is_added_once_and_nothing_else(string resource, string? finalizers, string? after)
    {
        await using var rig = await OperatorRig.StartAsync();
        var item = Machine("""{"memory":{"size":"64Mi"}}""");
        if (finalizers is not null)
        {
            item["metadata"]!["finalizers"] = JsonNode.Parse(finalizers);
        }

        var answer = await AskAsync(rig, "finalizer", resource, item);
        Assert.True(Allowed(answer));
        Assert.Equal(after, answer["patch"] is { } patch ? Patched(item, Convert.FromBase64String((string)patch!)) : null);
    }

    [Fact]
    public async Task Status_and_the_index_label_are_written_by_berth_alone()
    {
        await using var rig = await OperatorRig.StartAsync();
        var (plain, labelled) = (Machine("{}"), Machine("{}"));
        labelled["metadata"]!["labels"] = new JsonObject { ["berth.dev/node"] = "node-2" };
        foreach (var (user, isOurs) in ((string, bool)[])[(Operator, true), (Agent, false), ("kubernetes-admin", false), ("system:serviceaccount:other:berth-operator", false)])
        {
            Assert.Equal(isOurs, Allowed(await AskAsync(rig, "validate", "virtualmachines", plain, plain, user, "status")));
            Assert.Equal(isOurs, Allowed(await AskAsync(rig, "validate", "virtualmachines", labelled, plain, user)));
            Assert.Equal(isOurs, Allowed(await AskAsync(rig, "validate", "virtualmachines", plain, labelled, user)));
        }

        Assert.False(Allowed(await AskAsync(rig, "validate", "virtualmachines", labelled, null, "tenant")));
        Assert.True(Allowed(await AskAsync(rig, "validate", "virtualmachines", labelled, labelled, "tenant")));
    }

    [Theory]
    [InlineData("""{"binding":{"nodeName":"node-1","epoch":2},"releasedEpoch":1}""", "tenant", false)]
    [InlineData("""{"binding":{"nodeName":"node-1","epoch":2},"releasedEpoch":1}""", Agent, false)]
    [InlineData("""{"binding":{"nodeName":"node-1","epoch":2},"releasedEpoch":1}""", Operator, true)]
    [InlineData("""{"binding":{"nodeName":"node-1","epoch":2},"releasedEpoch":2}""", "tenant", true)]
    [InlineData("""{"binding":{"epoch":2}}""", "tenant", true)]
    public async Task The_finalizer_stays_while_a_release_is_missing(string status, string user, bool allowed)
    {
        await using var rig = await OperatorRig.StartAsync();
        var (old, fresh) = (Machine("{}"), Machine("{}"));
        old["metadata"]!["finalizers"] = new JsonArray("berth.dev/release");
        (old["status"], fresh["status"]) = (JsonNode.Parse(status), JsonNode.Parse(status));
        Assert.Equal(allowed, Allowed(await AskAsync(rig, "validate", "virtualmachines", fresh, old, user)));
    }

    [Theory]
    [InlineData("""{"releases":[{"uid":"u","namespace":"shop","name":"web","epoch":1,"node":"node-1","bootId":"b"}]}""", "tenant", false)]
    [InlineData("""{"releases":[{"uid":"u","namespace":"shop","name":"web","epoch":1,"node":"node-1","bootId":"b"}]}""", Operator, true)]
    [InlineData("""{"releases":[]}""", "tenant", true)]
    [InlineData("{}", "tenant", true)]
    public async Task The_finalizer_of_a_hypervisor_stays_while_it_keeps_records(string status, string user, bool allowed)
    {
        await using var rig = await OperatorRig.StartAsync();
        var (old, fresh) = (Item("{}"), Item("{}"));
        old["metadata"]!["finalizers"] = new JsonArray("berth.dev/release");
        (old["status"], fresh["status"]) = (JsonNode.Parse(status), JsonNode.Parse(status));
        Assert.Equal(allowed, Allowed(await AskAsync(rig, "validate", "hypervisors", fresh, old, user)));
    }

    [Fact]
    public async Task The_eviction_of_a_berth_that_holds_a_place_names_the_vm()
    {
        await using var rig = await OperatorRig.StartAsync();
        await rig.RunAsync("web", "node-1");
        var answer = await EvictAsync(rig, "web-1");
        Assert.Equal((false, 429), (Allowed(answer), (int?)answer["status"]!["code"]));
        Assert.Contains("VirtualMachine \"web\"", (string?)answer["status"]!["message"], StringComparison.Ordinal);
        Assert.Contains("LiveMigrateIfPossible", (string?)answer["status"]!["message"], StringComparison.Ordinal);
        Assert.True(Allowed(await EvictAsync(rig, "other")));
        rig.Scheduler.Fail("web-1", "Evicted", "gone");
        await rig.EventuallyAsync(() => EvictAsync(rig, "web-1").GetAwaiter().GetResult() is var after && Allowed(after));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"a"}}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","request":{"uid":""}}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","request":{"uid":"a","resource":null}}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","request":null}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","request":{"uid":"a","userInfo":{"username":null}}}""")]
    public async Task What_is_no_review_is_a_bad_request(string body)
    {
        await using var rig = await OperatorRig.StartAsync();
        Assert.Equal(400, (await PostAsync(rig, "validate", body)).Response.StatusCode);
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("finalizer")]
    [InlineData("eviction")]
    public async Task What_says_next_to_nothing_is_let_through(string path)
    {
        await using var rig = await OperatorRig.StartAsync();
        Assert.True(Allowed(await ReviewAsync(rig, path, """{"apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1"}}""")));
    }

    [Theory]
    [InlineData("""{"spec":5}""")]
    [InlineData("""{"spec":{"disks":{}}}""")]
    [InlineData("""{"spec":{"memory":{"size":[]}}}""")]
    [InlineData("""{"metadata":7,"spec":{}}""")]
    public async Task An_object_of_another_shape_is_refused_and_breaks_nothing(string item)
    {
        await using var rig = await OperatorRig.StartAsync();
        Assert.False(Allowed(await AskAsync(rig, "validate", "virtualmachines", (JsonObject)JsonNode.Parse(item)!)));
        await AskAsync(rig, "finalizer", "virtualmachines", (JsonObject)JsonNode.Parse(item)!);
    }

    [Fact]
    public async Task The_bundle_is_put_into_the_configurations_and_kept_there()
    {
        await using var rig = await OperatorRig.StartAsync();
        const string Path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/berth-webhook";
        rig.Server.Seed(Path, (JsonObject)JsonNode.Parse("""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration","metadata":{"name":"berth-webhook"},
             "webhooks":[{"name":"a","unknown":1,"clientConfig":{"url":"https://a"}},{"name":"b","clientConfig":{"url":"https://b","caBundle":"AAAA"}}]}
            """)!);
        var bundle = Convert.ToBase64String(Encoding.UTF8.GetBytes(rig.Services.GetRequiredService<ICertificateIssuer>().TrustBundle));
        var client = rig.Services.GetRequiredService<Runtime.Client.IKubernetesClient>();
        await Berth.Testing.Eventually.TrueAsync(async () => Bundles(await ReadAsync()).All(found => found == bundle), OperatorRig.Cancellation);
        Assert.Equal(1, (int?)(await ReadAsync())["webhooks"]![0]!["unknown"]);

        async Task<JsonNode> ReadAsync() => (await client.RequestAsync(new Runtime.Client.RawRequest(HttpMethod.Get, Path), OperatorRig.Cancellation))!;
    }

    [Fact]
    public async Task A_configuration_whose_bundle_cert_manager_injects_is_left_alone()
    {
        await using var rig = await OperatorRig.StartAsync(startOperator: false);
        const string Path = "/apis/admissionregistration.k8s.io/v1/{0}/berth-webhook";
        foreach (var (resource, kind, annotations) in new[]
        {
            ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", """{"other":"a"}"""),
            ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", """{"cert-manager.io/inject-ca-from":"berth-system/berth-webhook"}"""),
        })
        {
            rig.Server.Seed(string.Format(System.Globalization.CultureInfo.InvariantCulture, Path, resource), (JsonObject)JsonNode.Parse($$$"""
                {"apiVersion":"admissionregistration.k8s.io/v1","kind":"{{{kind}}}","metadata":{"name":"berth-webhook","annotations":{{{annotations}}}},
                 "webhooks":[{"name":"a","clientConfig":{"url":"https://a","caBundle":"AAAA"}}]}
                """)!);
        }

        await rig.StartOperatorAsync();

        // The validating one comes first in each pass.
        await rig.EventuallyAsync(() => rig.Writes().Contains("PATCH mutatingwebhookconfigurations"));
        await rig.SettleAsync();
        Assert.DoesNotContain("PATCH validatingwebhookconfigurations", rig.Writes());
    }

    private static IEnumerable<string?> Bundles(JsonNode configuration) => configuration["webhooks"]!.AsArray().Select(webhook => (string?)webhook!["clientConfig"]!["caBundle"]);

    private static JsonObject Machine(string spec) => Item(spec);

    private static JsonObject Item(string spec) => new() { ["metadata"] = new JsonObject { ["name"] = "web", ["namespace"] = OperatorRig.Namespace }, ["spec"] = JsonNode.Parse(spec) };

    private static bool Allowed(JsonNode answer) => (bool)answer["allowed"]!;

    private static string Patched(JsonObject item, byte[] patch)
    {
        var operation = Assert.Single(JsonNode.Parse(patch)!.AsArray())!;
        Assert.Equal("add", (string?)operation["op"]);
        var copy = item.DeepClone();
        if ((string?)operation["path"] == "/metadata/finalizers/-")
        {
            copy["metadata"]!["finalizers"]!.AsArray().Add(operation["value"]!.DeepClone());
        }
        else
        {
            Assert.Equal("/metadata/finalizers", (string?)operation["path"]);
            copy["metadata"]!["finalizers"] = operation["value"]!.DeepClone();
        }

        return copy["metadata"]!["finalizers"]!.ToJsonString();
    }

    private static Task<JsonNode> AskAsync(OperatorRig rig, string path, string resource, JsonObject fresh, JsonObject? old = null, string user = "tenant", string? subresource = null) => ReviewAsync(rig, path, new JsonObject
    {
        ["uid"] = "u-1",
        ["name"] = "web",
        ["kind"] = new JsonObject { ["group"] = "berth.dev", ["version"] = "v1alpha1", ["kind"] = "VirtualMachine" },
        ["resource"] = new JsonObject { ["group"] = "berth.dev", ["version"] = "v1alpha1", ["resource"] = resource },
        ["subResource"] = subresource,
        ["operation"] = old is null ? "CREATE" : "UPDATE",
        ["userInfo"] = new JsonObject { ["username"] = user },
        ["object"] = fresh.DeepClone(),
        ["oldObject"] = old?.DeepClone(),
    });

    private static Task<JsonNode> EvictAsync(OperatorRig rig, string pod) => ReviewAsync(rig, "eviction", new JsonObject
    {
        ["uid"] = "u-1",
        ["resource"] = new JsonObject { ["group"] = "", ["version"] = "v1", ["resource"] = "pods" },
        ["subResource"] = "eviction",
        ["operation"] = "CREATE",
        ["name"] = pod,
        ["namespace"] = OperatorRig.Namespace,
        ["userInfo"] = new JsonObject { ["username"] = "tenant" },
    });

    private static Task<JsonNode> ReviewAsync(OperatorRig rig, string path, JsonObject request) =>
        ReviewAsync(rig, path, new JsonObject { ["apiVersion"] = "admission.k8s.io/v1", ["kind"] = "AdmissionReview", ["request"] = request }.ToJsonString());

    private static async Task<JsonNode> ReviewAsync(OperatorRig rig, string path, string review)
    {
        var context = await PostAsync(rig, path, review);
        context.Response.Body.Position = 0;
        var answer = await JsonNode.ParseAsync(context.Response.Body, cancellationToken: OperatorRig.Cancellation);
        Assert.Equal("u-1", (string?)answer!["response"]!["uid"]);
        return answer["response"]!;
    }

    private static async Task<HttpContext> PostAsync(OperatorRig rig, string path, string body)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        context.Response.Body = new MemoryStream();
        await rig.Services.GetServices<ISecureEndpoint>().Single(endpoint => endpoint.Path == $"/admission/{path}").HandleAsync(context);
        return context;
    }
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Admission;
using Berth.Operator.Agents;
using Berth.Operator.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Berth.Operator.Tests.Agents;

public sealed class AgentGuardTests
{
    private const string Node = "node-1";

    private const string Scheduled = """{"type":"Scheduled","status":"True","reason":"Bound","lastTransitionTime":"2026-01-01T00:00:00Z"}""";

    /// <summary>Old status of a VM that node-1 holds under epoch 3.</summary>
    private const string HeldStatus = """{"observedGeneration":1,"binding":{"nodeName":"node-1","epoch":3},"releasedEpoch":2,"conditions":[""" + Scheduled + "]}";

    private static readonly string[] OperatorsOfMachine = ["binding", "placementRefusals"];
    private static readonly string[] OperatorsOfVolume = ["executor"];
    private static readonly string[] OperatorsConditions = ["Scheduled", "PlaceLost", "Dead", "FenceContradicted"];

    [Theory]
    [InlineData("""{"state":"Running","nodeName":"node-1","startedAt":"2026-01-01T00:00:00Z","domain":{"uuid":"a"}}""", null)]
    [InlineData("""{"releasedEpoch":3,"nodeName":null,"state":"Stopped"}""", null)]
    [InlineData("""{"releasedEpoch":4}""", "status.releasedEpoch")]
    [InlineData("""{"releasedEpoch":9000000000000000000}""", "status.releasedEpoch")]
    [InlineData("""{"releasedEpoch":1e99}""", "status.releasedEpoch")]
    [InlineData("""{"releasedEpoch":1}""", "status.releasedEpoch")]
    [InlineData("""{"releasedEpoch":null}""", "status.releasedEpoch")]
    [InlineData("""{"nodeName":"node-2"}""", "status.nodeName")]
    [InlineData("""{"binding":{"epoch":4}}""", "status.binding")]
    [InlineData("""{"binding":{"nodeName":"node-2"}}""", "status.binding")]
    [InlineData("""{"binding":null}""", "status.binding")]
    [InlineData("""{"placementRefusals":[{"node":"node-2","reason":"a","until":"2099-01-01T00:00:00Z"}]}""", "status.placementRefusals")]
    [InlineData("""{"migration":{"id":"a"}}""", "status.migration")]
    [InlineData("""{"conditions":[]}""", "status.conditions[Scheduled]")]
    [InlineData("""{"conditions":[{"type":"Ready","status":"True","reason":"Running"},""" + Scheduled + "]}", null)]
    [InlineData("""{"conditions":[""" + Scheduled + "," + Scheduled + "]}", "status.conditions[Scheduled]")]
    [InlineData("""{"conditions":[""" + Scheduled + """,{"type":"PlaceLost","status":"True","reason":"a"}]}""", "status.conditions[PlaceLost]")]
    [InlineData("""{"conditions":[{"type":"Scheduled","status":"False","reason":"Bound","lastTransitionTime":"2026-01-01T00:00:00Z"}]}""", "status.conditions[Scheduled]")]
    [InlineData("""{"conditions":[""" + Scheduled + """,{"status":"True"}]}""", "status.conditions[]")]
    public void Of_a_vm_of_its_node_an_agent_writes_what_is_its_own(string change, string? refusedField) =>
        Expect(refusedField, AgentWrites.Refusal(StatusChange("virtualmachines", HeldStatus, change), Node));

    [Theory]
    [InlineData("""{"binding":{"nodeName":"node-2","epoch":3}}""")]
    [InlineData("""{"binding":{"nodeName":"node-1","epoch":3},"releasedEpoch":3}""")]
    [InlineData("""{"binding":{"epoch":3}}""")]
    [InlineData("""{"observedGeneration":-1}""")]
    [InlineData("null")]
    [InlineData("""{"binding":5}""")]
    public void Of_a_vm_that_its_node_does_not_hold_an_agent_writes_nothing(string old)
    {
        var refusal = AgentWrites.Refusal(StatusChange("virtualmachines", old, """{"state":"Running"}"""), Node);
        Assert.NotNull(refusal);
    }

    [Theory]
    [InlineData(Node, """{"nodeName":"node-1"}""", """{"state":"Ready","path":"/a","createdAt":"2026-01-01T00:00:00Z"}""", null)]
    [InlineData(Node, """{"executor":{"nodeName":"node-1","epoch":2}}""", """{"nodeName":"node-1","path":"/a"}""", null)]
    [InlineData(Node, """{"executor":{"nodeName":"node-1","epoch":2}}""", """{"releasedEpoch":2}""", null)]
    [InlineData(Node, """{"executor":{"nodeName":"node-1","epoch":2}}""", """{"releasedEpoch":3}""", "status.releasedEpoch")]
    [InlineData(Node, """{"executor":{"nodeName":"node-1","epoch":2}}""", """{"executor":{"epoch":3}}""", "status.executor")]
    [InlineData(Node, """{"observedGeneration":-1}""", """{"nodeName":"node-1","releasedEpoch":0}""", null)]
    [InlineData(Node, """{"observedGeneration":-1}""", """{"nodeName":"node-2"}""", "status.nodeName")]
    [InlineData(Node, """{"nodeName":"node-2"}""", """{"state":"Lost"}""", "StorageVolume")]
    [InlineData(Node, """{"executor":{"nodeName":"node-2","epoch":2}}""", """{"nodeName":"node-1"}""", "StorageVolume")]
    [InlineData("node-2", """{"nodeName":"node-2"}""", """{"state":"Lost"}""", "StorageVolume")]
    [InlineData("node-2", """{"observedGeneration":-1}""", """{"nodeName":"node-1"}""", "StorageVolume")]
    [InlineData(null, """{"observedGeneration":-1}""", """{"nodeName":"node-1"}""", "StorageVolume")]
    public void Volumes_are_those_that_the_operator_gave_to_the_node(string? label, string old, string change, string? refused) =>
        Expect(refused, AgentWrites.Refusal(StatusChange("storagevolumes", old, change, label), Node));

    [Theory]
    [InlineData(Node, "{}", """{"bootId":"a","conditions":[{"type":"Ready","status":"True"}]}""", null)]
    [InlineData("node-2", "{}", """{"bootId":"a"}""", "Hypervisor")]
    [InlineData(Node, """{"releases":[{"uid":"a","epoch":1},{"uid":"b","epoch":1}]}""", """{"releases":[{"epoch":1,"uid":"b"}]}""", null)]
    [InlineData(Node, """{"releases":[{"uid":"a","epoch":1}]}""", """{"releases":null}""", null)]
    [InlineData(Node, """{"releases":[{"uid":"a","epoch":1}]}""", """{"releases":[{"uid":"a","epoch":2}]}""", "status.releases")]
    [InlineData(Node, "{}", """{"releases":[{"uid":"a","epoch":1}]}""", "status.releases")]
    [InlineData(Node, """{"conditions":[{"type":"Dead","status":"True"}]}""", """{"conditions":[]}""", "status.conditions[Dead]")]
    [InlineData(Node, "{}", """{"unheardOf":1}""", "status.unheardOf")]
    public void Of_hypervisors_an_agent_writes_its_own(string name, string old, string change, string? refused) =>
        Expect(refused, AgentWrites.Refusal(StatusChange("hypervisors", old, change, name: name), Node));

    [Theory]
    [InlineData("""{"metadata":{"name":"node-1"},"spec":{}}""", null)]
    [InlineData("""{"metadata":{"name":"node-1","uid":"a","managedFields":[{}]},"spec":{},"status":{"observedGeneration":-1}}""", null)]
    [InlineData("""{"metadata":{"name":"node-2"},"spec":{}}""", "node-2")]
    [InlineData("""{"metadata":{"name":"node-1"},"spec":{"fenced":"boot"}}""", "spec")]
    [InlineData("""{"metadata":{"name":"node-1","finalizers":["a.example/b"]},"spec":{}}""", "metadata.finalizers")]
    [InlineData("""{"metadata":{"name":"node-1","labels":{"a":"b"}},"spec":{}}""", "metadata.labels")]
    [InlineData("""{"metadata":{"name":"node-1","ownerReferences":[{}]},"spec":{}}""", "metadata.ownerReferences")]
    public void An_agent_makes_its_own_hypervisor_and_says_nothing_in_it(string item, string? refused) =>
        Expect(refused, AgentWrites.Refusal(Request("hypervisors", null, "CREATE", null, item), Node));

    [Theory]
    [InlineData("virtualmachines", null, "UPDATE")]
    [InlineData("virtualmachines", null, "CREATE")]
    [InlineData("storagevolumes", null, "CREATE")]
    [InlineData("storagevolumes", null, "UPDATE")]
    [InlineData("hypervisors", null, "UPDATE")]
    [InlineData("hypervisors", "scale", "UPDATE")]
    [InlineData("storagepools", "status", "UPDATE")]
    [InlineData("images", "status", "UPDATE")]
    [InlineData("virtualnetworks", "status", "UPDATE")]
    [InlineData("kindsofthefuture", "status", "UPDATE")]
    public void All_else_is_not_an_agents(string resource, string? subresource, string operation) =>
        Assert.NotNull(AgentWrites.Refusal(Request(resource, subresource, operation, """{"metadata":{"name":"node-1"}}""", """{"metadata":{"name":"node-1"}}"""), Node));

    [Fact]
    public async Task The_node_is_that_of_the_pod_that_the_token_is_bound_to()
    {
        await using var rig = await OperatorRig.StartAsync();
        rig.SeedAgent("node-1");
        rig.SeedAgent("node-2");
        Assert.True(await AllowsAsync(rig, AgentDoor.PodOf("node-1"), AgentDoor.UidOf("node-1")));
        Assert.False(await AllowsAsync(rig, AgentDoor.PodOf("node-2"), AgentDoor.UidOf("node-2")));
        Assert.False(await AllowsAsync(rig, AgentDoor.PodOf("node-1"), "uid-of-another"));
        Assert.False(await AllowsAsync(rig, AgentDoor.PodOf("node-9"), AgentDoor.UidOf("node-9")));
        Assert.False(await AllowsAsync(rig, null, null));

        // One that is on its way out still reports, and what is remembered needs no API server.
        rig.Server.Delete<V1Pod>(AgentDoor.PodOf("node-1"), AgentDoor.BerthNamespace);
        rig.Server.Faults.Fail(request => request.Resource == "pods" && request.Method == "GET", System.Net.HttpStatusCode.InternalServerError, 1000);
        Assert.True(await AllowsAsync(rig, AgentDoor.PodOf("node-1"), AgentDoor.UidOf("node-1")));
        Assert.False(await AllowsAsync(rig, AgentDoor.PodOf("node-3"), AgentDoor.UidOf("node-3")));
    }

    [Fact]
    public void Every_field_of_a_status_is_an_agents_or_the_operators()
    {
        Classified<VirtualMachineStatus>(AgentFields.VirtualMachine, OperatorsOfMachine);
        Classified<StorageVolumeStatus>(AgentFields.StorageVolume, OperatorsOfVolume);
        Classified<HypervisorStatus>(AgentFields.Hypervisor, []);
    }

    [Fact]
    public void Every_condition_is_an_agents_or_the_operators()
    {
        var agents = AgentFields.VirtualMachine.Conditions.Concat(AgentFields.StorageVolume.Conditions).Concat(AgentFields.Hypervisor.Conditions).ToHashSet();
        Assert.Empty(agents.Intersect(OperatorsConditions));
        var all = new[] { typeof(ConditionTypes), typeof(VirtualMachineConditions), typeof(HypervisorConditions) }
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(all.Order(StringComparer.Ordinal), agents.Concat(OperatorsConditions).Order(StringComparer.Ordinal));
    }

    private static void Classified<TStatus>(AgentFields agents, string[] operators)
    {
        Assert.Empty(agents.Fields.Intersect(operators));
        var all = typeof(TStatus).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Where(name => name != "equalityContract");
        Assert.Equal(all.Order(StringComparer.Ordinal), agents.Fields.Concat(operators).Order(StringComparer.Ordinal));
    }

    private static void Expect(string? refused, string? refusal)
    {
        if (refused is null)
        {
            Assert.Null(refusal);
        }
        else
        {
            Assert.Contains(refused, refusal, StringComparison.Ordinal);
        }
    }

    private static async Task<bool> AllowsAsync(OperatorRig rig, string? pod, string? uid)
    {
        var extra = pod is null ? null : new Dictionary<string, IList<string>> { ["authentication.kubernetes.io/pod-name"] = [pod], ["authentication.kubernetes.io/pod-uid"] = [uid!] };
        var request = StatusChange("virtualmachines", HeldStatus, """{"state":"Running"}""") with { UserInfo = new UserInfo { Username = AgentDoor.Account, Extra = extra } };
        foreach (var guard in rig.Services.GetServices<IGuardRule>())
        {
            if (await guard.RefusalAsync(request, OperatorRig.Cancellation) is not null)
            {
                return false;
            }
        }

        return true;
    }

    private static AdmissionRequest StatusChange(string resource, string old, string change, string? label = Node, string name = "web")
    {
        var before = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "shop", ["labels"] = label is null ? null : new JsonObject { ["berth.dev/node"] = label } },
            ["spec"] = new JsonObject(),
            ["status"] = JsonNode.Parse(old),
        };
        var after = (JsonObject)before.DeepClone();
        after["status"] ??= new JsonObject();
        Merge((JsonObject)after["status"]!, (JsonObject)JsonNode.Parse(change)!);
        return Request(resource, "status", "UPDATE", before.ToJsonString(), after.ToJsonString());
    }

    private static void Merge(JsonObject into, JsonObject change)
    {
        foreach (var (key, value) in change)
        {
            if (value is JsonObject inner && into[key] is JsonObject old)
            {
                Merge(old, inner);
            }
            else
            {
                into[key] = value?.DeepClone();
            }
        }
    }

    private static AdmissionRequest Request(string resource, string? subresource, string operation, string? old, string fresh) => new()
    {
        Uid = "u",
        Resource = new GroupResource { Group = "berth.dev", Version = "v1alpha1", Resource = resource },
        SubResource = subresource,
        Operation = operation,
        OldObject = old is null ? null : JsonElement.Parse(old),
        Object = JsonElement.Parse(fresh),
    };
}

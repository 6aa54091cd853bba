using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Berth.Kubernetes.Tests;

public sealed class JsonTests
{
    public static TheoryData<string, string> Documents => new()
    {
        { nameof(V1Pod), """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"b","uid":"c","labels":{"x/y":"z"},"ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n","uid":"u","controller":true}]},"spec":{"nodeName":"n1","tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute"}],"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"a","operator":"In","values":["1"]}]}]}}}}}""" },
        { nameof(V1Node), """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1","labels":{"berth.dev/host":"true"}}}""" },
        { nameof(V1Lease), """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","namespace":"s","resourceVersion":"7"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-11-21T08:20:30.123456Z","leaseTransitions":3}}""" },
        { nameof(V1Status), """{"apiVersion":"v1","kind":"Status","metadata":{},"status":"Failure","message":"m","reason":"Conflict","code":409}""" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Documents_survive_reading_and_writing(string type, string json)
    {
        var info = InfoOf(type);

        var written = JsonSerializer.Serialize(JsonSerializer.Deserialize(json, info), info);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(written)), written);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Unknown_fields_and_managed_fields_are_passed_over(string type, string json)
    {
        var info = InfoOf(type);
        var more = JsonNode.Parse(json)!.AsObject();
        more["unknown"] = new JsonObject { ["deep"] = new JsonArray(1, null, "x") };
        more["metadata"]!["managedFields"] = new JsonArray(new JsonObject { ["manager"] = "kubectl" });

        var written = JsonSerializer.Serialize(JsonSerializer.Deserialize(more.ToJsonString(), info), info);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(written)), written);
    }

    [Fact]
    public void Fields_named_by_keywords_keep_their_names()
    {
        var toleration = new V1Toleration { OperatorProperty = "Exists" };
        var meta = new V1ObjectMeta { NamespaceProperty = "shop" };
        var pod = new V1Pod { Metadata = meta, Spec = new V1PodSpec { Tolerations = [toleration] } };

        var json = JsonNode.Parse(JsonSerializer.Serialize(pod, KubernetesJsonContext.Default.V1Pod))!;

        Assert.Equal("shop", (string?)json["metadata"]!["namespace"]);
        Assert.Equal("Exists", (string?)json["spec"]!["tolerations"]![0]!["operator"]);
    }

    [Fact]
    public void Helpers_read_metadata_that_is_missing_as_nothing()
    {
        var pod = new V1Pod();

        Assert.Equal("", pod.Name());
        Assert.Equal("", pod.Uid());
        Assert.Null(pod.Namespace());
        Assert.Null(pod.Label("a"));
        Assert.Null(pod.Annotation("a"));
        Assert.Null(pod.ControllerOwner());
        Assert.False(pod.IsDeleting());
        Assert.False(pod.HasFinalizer("a"));
    }

    [Fact]
    public void The_controlling_owner_is_told_from_the_others()
    {
        var pod = new V1Pod { Metadata = new() { OwnerReferences = [new() { Uid = "a" }, new() { Uid = "b", Controller = false }, new() { Uid = "c", Controller = true }] } };

        Assert.Equal("c", pod.ControllerOwner()?.Uid);
    }

    private static JsonTypeInfo InfoOf(string type) =>
        KubernetesJsonContext.Default.GetTypeInfo(typeof(V1Pod).Assembly.GetType("Berth.Kubernetes." + type)!)!;
}

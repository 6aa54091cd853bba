using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;

namespace Berth.Api.Tests;

public sealed class JsonTests
{
    public static TheoryData<string> Kinds =>
        [.. typeof(BerthApi).Assembly.GetExportedTypes().Where(type => type.IsDefined(typeof(KubernetesEntityAttribute), false)).Select(type => type.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_of_every_kind_survives_reading_and_writing(string kind)
    {
        var info = InfoOf(kind);
        var complete = JsonSerializer.Serialize(RandomObjects.Complete(info.Type), info);

        var again = JsonSerializer.Serialize(JsonSerializer.Deserialize(complete, info), info);

        Assert.Equal(complete, again);
        AssertHasAll(info.Type, JsonNode.Parse(complete)!, kind);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Fields_of_a_later_version_are_passed_over(string kind)
    {
        var info = InfoOf(kind);
        var known = JsonNode.Parse(JsonSerializer.Serialize(RandomObjects.Complete(info.Type), info))!;
        var later = known.DeepClone();
        AddUnknown(later);

        var read = JsonSerializer.Serialize(JsonSerializer.Deserialize(later.ToJsonString(), info), info);

        Assert.Contains("fromTheFuture", later.ToJsonString(), StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(known, JsonNode.Parse(read)), read);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_object_with_nothing_but_a_name_is_read(string kind)
    {
        var read = JsonSerializer.Deserialize("""{"metadata":{"name":"a"}}""", InfoOf(kind));

        Assert.Equal("a", ((IKubernetesObject<V1ObjectMeta>)read!).Name());
    }

    [Fact]
    public void A_new_object_says_its_kind_and_writes_no_nulls()
    {
        var json = JsonSerializer.Serialize(new Image { Metadata = new() { Name = "a" }, Spec = new() { Source = new() { Url = "https://a" } } }, ApiJsonContext.Default.Image);

        Assert.Equal("""{"apiVersion":"berth.dev/v1alpha1","kind":"Image","metadata":{"name":"a"},"spec":{"type":"disk","source":{"url":"https://a"}}}""", json);
    }

    [Fact]
    public void A_list_with_one_unreadable_quantity_is_read_all_the_same()
    {
        const string List = """{"metadata":{},"items":[{"metadata":{"name":"a"},"spec":{"memory":{"size":"1Gi"}}},{"metadata":{"name":"b"},"spec":{"memory":{"size":"lots"}}}]}""";

        var machines = JsonSerializer.Deserialize(List, ApiJsonContext.Default.KubernetesListVirtualMachine)!.Items;

        Assert.Empty(VirtualMachineValidation.Check(machines[0]));
        Assert.Equal("spec.memory.size", Assert.Single(VirtualMachineValidation.Check(machines[1])).Field);
    }

    private static JsonTypeInfo InfoOf(string kind) => ApiJsonContext.Default.GetTypeInfo(typeof(BerthApi).Assembly.GetType("Berth.Api." + kind)!)!;

    private static void AssertHasAll(Type type, JsonNode node, string path)
    {
        foreach (var property in type.GetProperties().Where(property => property.CanWrite && !property.IsDefined(typeof(JsonIgnoreAttribute), false)))
        {
            var name = property.GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonPropertyNameAttribute), false)
                .Cast<System.Text.Json.Serialization.JsonPropertyNameAttribute>().FirstOrDefault()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var value = node[name];
            Assert.True(value is not null, $"{path}.{name} is lost");
            if (value is JsonObject && property.PropertyType.Namespace?.StartsWith("Berth", StringComparison.Ordinal) == true)
            {
                AssertHasAll(property.PropertyType, value, $"{path}.{name}");
            }
        }
    }

    private static void AddUnknown(JsonNode node)
    {
        foreach (var child in node is JsonObject map ? map.Select(pair => pair.Value) : node is JsonArray list ? list : [])
        {
            if (child is JsonObject or JsonArray && !IsMapOfStrings(child))
            {
                AddUnknown(child);
            }
        }

        if (node is JsonObject target && !IsOpen(target))
        {
            target["fromTheFuture"] = new JsonObject { ["deep"] = new JsonArray(1, "x") };
        }
    }

    // Maps of strings take any key, and would break on a value that is none.
    private static bool IsMapOfStrings(JsonNode node) => node is JsonObject { Count: 1 } map && map.ContainsKey("a");

    private static bool IsOpen(JsonObject node) => node.ContainsKey("a");
}

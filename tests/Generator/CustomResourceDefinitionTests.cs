using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Berth.Generator.Tests;

public sealed partial class CustomResourceDefinitionTests
{
    // client-side apply keeps the whole object in an annotation, and annotations have at most 256 KiB.
    private const int AnnotationLimit = 262_144;

    // What a structural schema of Kubernetes 1.20 may hold, and we use; no CEL rules, no $ref, no oneOf.
    private static readonly string[] Keywords =
    [
        "description", "type", "format", "nullable", "default", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum",
        "minItems", "maxItems", "minProperties", "maxProperties", "required", "properties", "items", "additionalProperties",
        "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields",
    ];

    public static TheoryData<string> Kinds => Crds.Kinds;

    [Fact]
    public void There_is_a_definition_of_each_kind() =>
        Assert.Equal(["Hypervisor", "Image", "StoragePool", "StorageVolume", "VirtualMachine", "VirtualNetwork"], Crds.ByKind.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_has_a_description_that_reads_as_text(string kind)
    {
        var fields = Crds.Walk(Crds.SchemaOf(kind), kind).Where(field => field.IsField && !field.Path.StartsWith(kind + ".metadata", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(fields);
        Assert.All(fields, field => Assert.True(Sentence().IsMatch(field.Schema["description"]?.GetValue<string>() ?? ""), $"{field.Path}: {field.Schema["description"]}"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_schema_is_structural_and_in_the_words_of_Kubernetes_1_20(string kind) =>
        Assert.All(Crds.Walk(Crds.SchemaOf(kind), kind), field =>
        {
            Assert.Empty(field.Schema.Select(pair => pair.Key).Except(Keywords));
            Assert.True(field.Schema.ContainsKey("type") != field.Schema.ContainsKey("x-kubernetes-int-or-string"), $"{field.Path} has no type");
            Assert.False(field.Schema.ContainsKey("properties") && field.Schema.ContainsKey("additionalProperties"), field.Path);
            Assert.Equal(field.Schema["type"]?.GetValue<string>() == "array", field.Schema.ContainsKey("items"));
            Assert.All(field.Schema["required"]?.AsArray() ?? [], name => Assert.True(field.Schema["properties"]!.AsObject().ContainsKey(name!.GetValue<string>()), field.Path));
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Defaults_are_scalars_outside_lists(string kind)
    {
        var defaults = Crds.Walk(Crds.SchemaOf(kind), kind).Where(field => field.Schema.ContainsKey("default") && field.Path != kind + ".status");

        Assert.All(defaults, field =>
        {
            Assert.False(field.InList, field.Path);
            Assert.IsAssignableFrom<JsonValue>(field.Schema["default"]);
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_new_object_has_been_looked_at_by_nobody(string kind) =>
        Assert.Equal("""{"observedGeneration":-1}""", Crds.SchemaOf(kind)["properties"]!["status"]!["default"]!.ToJsonString());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Keys_of_map_lists_are_required_scalars_that_cannot_be_null(string kind) =>
        Assert.All(Crds.Walk(Crds.SchemaOf(kind), kind).Where(field => field.Schema["x-kubernetes-list-type"]?.GetValue<string>() == "map"), field =>
        {
            var items = field.Schema["items"]!.AsObject();
            Assert.All(field.Schema["x-kubernetes-list-map-keys"]!.AsArray().Select(key => key!.GetValue<string>()), key =>
            {
                Assert.Contains(items["properties"]![key]!["type"]!.GetValue<string>(), new[] { "string", "integer", "boolean" });
                Assert.Contains(key, items["required"]!.AsArray().Select(name => name!.GetValue<string>()));
                Assert.False(items["properties"]![key]!.AsObject().ContainsKey("nullable"), $"{field.Path}: {key}");
            });
        });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Conditions_are_a_map_by_type_with_the_limits_of_Kubernetes(string kind)
    {
        var conditions = Crds.SchemaOf(kind)["properties"]!["status"]!["properties"]!["conditions"]!;
        var fields = conditions["items"]!["properties"]!;

        Assert.Equal("""["type"]""", conditions["x-kubernetes-list-map-keys"]!.ToJsonString());
        Assert.Equal("""["type","status","lastTransitionTime","reason","message"]""", conditions["items"]!["required"]!.ToJsonString());
        Assert.Equal("""["True","False","Unknown"]""", fields["status"]!["enum"]!.ToJsonString());
        Assert.Equal((1, 1024), (fields["reason"]!["minLength"]!.GetValue<long>(), fields["reason"]!["maxLength"]!.GetValue<long>()));
        Assert.Equal(32768, fields["message"]!["maxLength"]!.GetValue<long>());
        Assert.Equal("date-time", fields["lastTransitionTime"]!["format"]!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Columns_show_fields_that_exist_the_state_first(string kind)
    {
        var columns = Crds.VersionOf(kind)["additionalPrinterColumns"]!.AsArray();

        Assert.All(columns, column => AssertResolves(Crds.SchemaOf(kind), column!["jsonPath"]!.GetValue<string>()));
        Assert.Contains(columns[0]!["name"]!.GetValue<string>(), new[] { "State", "Ready" });
        Assert.Equal("Age", columns[^1]!["name"]!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Names_are_such_as_the_API_server_takes(string kind)
    {
        var crd = Crds.ByKind[kind];
        var names = crd["spec"]!["names"]!;

        Assert.Equal($"{names["plural"]}.berth.dev", crd["metadata"]!["name"]!.GetValue<string>());
        Assert.Equal((kind, kind + "List"), (names["kind"]!.GetValue<string>(), names["listKind"]!.GetValue<string>()));
        Assert.Contains("berth", names["categories"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.All([names["plural"]!, names["singular"]!, .. names["shortNames"]!.AsArray()], name => Assert.Matches("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", name!.GetValue<string>()));
        Assert.NotNull(Crds.VersionOf(kind)["subresources"]!["status"]);
    }

    [Fact]
    public void Names_on_the_command_line_are_used_once()
    {
        var names = Crds.ByKind.Values.Select(crd => crd["spec"]!["names"]!)
            .SelectMany(names => new[] { names["plural"], names["singular"] }.Concat(names["shortNames"]!.AsArray()))
            .Select(name => name!.GetValue<string>()).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void Get_all_lists_virtual_machines_only() =>
        Assert.Equal(["VirtualMachine"], Crds.ByKind.Where(crd => crd.Value["spec"]!["names"]!["categories"]!.ToJsonString().Contains("\"all\"", StringComparison.Ordinal)).Select(crd => crd.Key));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_definition_can_be_applied_by_any_client(string kind) =>
        Assert.InRange(Encoding.UTF8.GetByteCount(Crds.ByKind[kind].ToJsonString()), 1, AnnotationLimit / 2);

    [Theory]
    [InlineData("VirtualMachine", """{"type":"object","properties":{"name":{"type":"string","maxLength":63,"pattern":"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}}}""")]
    [InlineData("StorageVolume", """{"type":"object","properties":{"name":{"type":"string","maxLength":182}}}""")]
    [InlineData("Image", """{"type":"object"}""")]
    public void Only_the_name_is_bounded_in_metadata(string kind, string expected) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), Crds.SchemaOf(kind)["properties"]!["metadata"]), Crds.SchemaOf(kind)["properties"]!["metadata"]!.ToJsonString());

    private static void AssertResolves(JsonObject schema, string path)
    {
        if (path == ".metadata.creationTimestamp")
        {
            return;
        }

        JsonNode node = schema;
        foreach (Match step in Steps().Matches(path))
        {
            node = (step.Value[0] == '[' ? node["items"] : node["properties"]?[step.Value[1..]])!;
            Assert.True(node is not null, $"{path}: {step.Value}");
        }
    }

    [GeneratedRegex(@"\.[A-Za-z]+|\[\?\([^)]*\)\]|\[[0-9]+\]")]
    private static partial Regex Steps();

    // Begins like a sentence or a name, ends like a sentence, and holds no markup.
    [GeneratedRegex(@"^[A-Za-z][^<>\n\r]{3,}\.$")]
    private static partial Regex Sentence();
}

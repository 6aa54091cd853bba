using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Runtime.Tests.Client;

/// <summary>Fields of a spec that the type does not have are found when an object is read, wherever they are; nothing else is taken for one.</summary>
public sealed class UnknownFieldTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{"size":1,"weight":"2Gi","since":"2026-01-01T00:00:00Z"}""")]
    [InlineData("""{"parts":[{"name":"a","colours":{"any key":"x"}},{"name":"b"}],"anything":{"goes":[{"here":1}]}}""")]
    [InlineData("""{"later":null}""")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    public void A_spec_of_known_fields_has_none(string spec) => Assert.Empty(Read(spec));

    [Theory]
    [InlineData("""{"later":1}""", "spec.later")]
    [InlineData("""{"Size":1}""", "spec.Size")]
    [InlineData("""{"size":1,"later":{"size":2}}""", "spec.later")]
    [InlineData("""{"parts":[{"name":"a"},{"name":"b","shape":[]}]}""", "spec.parts[1].shape")]
    [InlineData("""{"places":{"left":{"name":"a","far":true}}}""", "spec.places[left].far")]
    [InlineData("""{"one":false,"parts":[{"two":0}]}""", "spec.one", "spec.parts[0].two")]
    [InlineData("""{"a\nb":1}""", "spec.a?b")]
    public void One_that_is_not_known_is_named_by_its_path(string spec, params string[] paths) => Assert.Equal(paths, Read(spec));

    [Fact]
    public void Status_and_metadata_are_not_looked_at() =>
        Assert.Empty(ReadObject("""{"metadata":{"name":"g","later":1},"status":{"later":1},"later":1,"spec":{}}""").UnknownFields);

    [Fact]
    public void Of_any_number_twenty_are_named_and_long_names_are_cut()
    {
        var many = Read($$"""{ {{string.Join(',', Enumerable.Range(0, 5000).Select(index => $"\"{new string('x', 300)}{index}\":1"))}} }""");
        Assert.Equal(UnknownFieldReader.MaxPaths, many.Count);
        Assert.All(many, path => Assert.InRange(path.Length, 1, 110));
    }

    [Fact]
    public void A_field_as_deep_as_the_server_allows_is_passed_over() =>
        Assert.Equal(["spec.deep"], Read($$"""{"deep":{{string.Concat(Enumerable.Repeat("{\"a\":", 9_000))}}1{{new string('}', 9_000)}}}"""));

    [Fact]
    public void Lists_and_watches_tell_of_them_too()
    {
        var reader = new EntityReader<Gadget>(GadgetJson, (_, exception) => Assert.Fail(exception.Message));
        var list = reader.ReadList(Bytes("""{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a"},"spec":{"later":1}},{"metadata":{"name":"b"},"spec":{}}]}"""));
        Assert.Equal(["spec.later", ""], list.Items.Select(item => string.Join(' ', item.UnknownFields)));
        var change = reader.ReadEvent(Bytes("""{"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"8"},"spec":{"later":1}}}"""));
        Assert.Equal(["spec.later"], change.Object!.UnknownFields);
    }

    private static JsonTypeInfo<Gadget> GadgetJson => (JsonTypeInfo<Gadget>)GadgetJsonContext.Default.GetTypeInfo(typeof(Gadget))!;

    private static IReadOnlyList<string> Read(string spec) => ReadObject($$"""{"metadata":{"name":"g"},"spec":{{spec}}}""").UnknownFields;

    private static Gadget ReadObject(string json)
    {
        var gadget = new Gadget();
        UnknownFieldReader.Mark(gadget, Bytes(json), GadgetJson, new JsonReaderOptions { MaxDepth = 10_000 });
        return gadget;
    }

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}

/// <summary>A kind with all shapes of fields.</summary>
[KubernetesEntity(Group = "test.berth.dev", ApiVersion = "v1", Kind = "Gadget", PluralName = "gadgets")]
internal sealed record Gadget : IKubernetesObject<V1ObjectMeta>, IUnknownFields
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public GadgetSpec? Spec { get; set; }

    [JsonIgnore]
    public IReadOnlyList<string> UnknownFields { get; set; } = [];
}

internal sealed record GadgetSpec
{
    public int Size { get; set; }

    public Quantity? Weight { get; set; }

    public DateTimeOffset? Since { get; set; }

    public IList<GadgetPart>? Parts { get; set; }

    public IDictionary<string, GadgetPart>? Places { get; set; }

    public JsonElement? Anything { get; set; }
}

internal sealed record GadgetPart
{
    public string? Name { get; set; }

    public IDictionary<string, string>? Colours { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(Gadget))]
internal sealed partial class GadgetJsonContext : JsonSerializerContext;

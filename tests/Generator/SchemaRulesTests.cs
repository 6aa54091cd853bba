using System.Text.Json;
using Berth.Kubernetes;

namespace Berth.Generator.Tests;

public sealed class SchemaRulesTests
{
    [Theory]
    [InlineData(typeof(Thing<NoDescription>), "Thing.spec.bare", "description")]
    [InlineData(typeof(Thing<NoDescriptionInList>), "Thing.spec.items[].bare", "description")]
    [InlineData(typeof(Thing<DefaultInList>), "Thing.spec.items[].size", "default inside a list")]
    [InlineData(typeof(Thing<DefaultOfAnotherType>), "Thing.spec.size", "not of the field's type")]
    [InlineData(typeof(Thing<DefaultOnList>), "Thing.spec.names", "not of the field's type")]
    [InlineData(typeof(Thing<DefaultOutOfBounds>), "Thing.spec.size", "out of bounds")]
    [InlineData(typeof(Thing<DefaultNotAllowed>), "Thing.spec.mode", "allowed values")]
    [InlineData(typeof(Thing<KeyMissing>), "Thing.spec.items", "key id")]
    [InlineData(typeof(Thing<KeyOnMap>), "Thing.spec.labels", "only lists")]
    [InlineData(typeof(Thing<LookAhead>), "Thing.spec.name", "cannot read the pattern")]
    [InlineData(typeof(Thing<BrokenPattern>), "Thing.spec.name", "cannot read the pattern")]
    [InlineData(typeof(Thing<Unbounded>), "Thing.spec.size", "minimum and a maximum")]
    [InlineData(typeof(Thing<AnyTime>), "Thing.spec.when", "pattern")]
    [InlineData(typeof(Thing<LengthOfNumber>), "Thing.spec.size", "length")]
    [InlineData(typeof(Thing<RangeOfText>), "Thing.spec.name", "range")]
    [InlineData(typeof(Thing<Float>), "Thing.spec.ratio", "no schema")]
    [InlineData(typeof(Thing<SilentlyAny>), "Thing.spec.any", "PreserveUnknownFields")]
    public void A_type_that_breaks_a_rule_is_refused_by_the_name_of_the_field(Type type, string field, string problem)
    {
        var refused = Assert.Throws<GenerationException>(() => Read(type));

        var error = Assert.Single(refused.Errors);
        Assert.StartsWith(field + ": ", error, StringComparison.Ordinal);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_told_at_once() =>
        Assert.Equal(2, Assert.Throws<GenerationException>(() => Read(typeof(Thing<Unbounded>), typeof(Thing<AnyTime>))).Errors.Count);

    [Fact]
    public void A_type_that_keeps_the_rules_is_read()
    {
        var spec = Assert.Single(Read(typeof(Thing<Right>))).Root.Properties.Single(property => property.Name == "spec").Schema;

        Assert.Equal(["name", "size", "mode", "any", "items"], spec.Properties.Select(property => property.Name));
        Assert.Equal("Size of a Right, with code, null, and name.", spec.Properties[1].Schema.Description);
        Assert.Equal(5, spec.Properties[1].Schema.Default);
    }

    private static IReadOnlyList<EntitySchema> Read(params Type[] types) =>
        new SchemaReader(XmlDocumentation.Beside(typeof(SchemaRulesTests).Assembly, typeof(Condition).Assembly)).Read(types);

    /// <summary>A kind.</summary>
    [KubernetesEntity(Group = "example.dev", ApiVersion = "v1", Kind = "Thing", PluralName = "things")]
    internal sealed record Thing<T>
    {
        /// <summary>The spec.</summary>
        public T? Spec { get; set; }
    }

    /// <summary>Keeps every rule.</summary>
    internal sealed record Right
    {
        /// <summary>Name.</summary>
        [Required]
        [Length(1, 5)]
        [Pattern("^[a-z]+$")]
        public string Name { get; set; } = "";

        /// <summary>
        /// Size of a <see cref="Right"/>, with <c>code</c>,
        /// <see langword="null"/>, and <see cref="Name"/>.
        /// </summary>
        [RangeMinimum(1)]
        [RangeMaximum(9)]
        [SchemaDefault(5)]
        public int Size { get; set; }

        /// <summary>Mode.</summary>
        [AllowedValues("a", "b")]
        [SchemaDefault("a")]
        public string? Mode { get; set; }

        /// <summary>Anything.</summary>
        [PreserveUnknownFields]
        public JsonElement? Any { get; set; }

        /// <summary>Items.</summary>
        [ListMapKeys("id")]
        public IList<Item>? Items { get; set; }
    }

    /// <summary>An item.</summary>
    internal sealed record Item
    {
        /// <summary>Identifies it.</summary>
        public string Id { get; set; } = "";
    }

    internal sealed record NoDescription
    {
        public string? Bare { get; set; }
    }

    internal sealed record NoDescriptionInList
    {
        /// <summary>Items.</summary>
        public IList<ItemWithoutDescription>? Items { get; set; }
    }

    /// <summary>An item.</summary>
    internal sealed record ItemWithoutDescription
    {
        public string? Bare { get; set; }
    }

    internal sealed record DefaultInList
    {
        /// <summary>Items.</summary>
        public IList<ItemWithDefault>? Items { get; set; }
    }

    /// <summary>An item.</summary>
    internal sealed record ItemWithDefault
    {
        /// <summary>Size.</summary>
        [SchemaDefault(1)]
        [RangeMinimum(0)]
        [RangeMaximum(9)]
        public int Size { get; set; }
    }

    internal sealed record DefaultOfAnotherType
    {
        /// <summary>Size.</summary>
        [SchemaDefault("1")]
        [RangeMinimum(0)]
        [RangeMaximum(9)]
        public int Size { get; set; }
    }

    internal sealed record DefaultOnList
    {
        /// <summary>Names.</summary>
        [SchemaDefault("a")]
        public IList<string>? Names { get; set; }
    }

    internal sealed record DefaultOutOfBounds
    {
        /// <summary>Size.</summary>
        [SchemaDefault(10)]
        [RangeMinimum(0)]
        [RangeMaximum(9)]
        public int Size { get; set; }
    }

    internal sealed record DefaultNotAllowed
    {
        /// <summary>Mode.</summary>
        [AllowedValues("a", "b")]
        [SchemaDefault("c")]
        public string? Mode { get; set; }
    }

    internal sealed record KeyMissing
    {
        /// <summary>Items.</summary>
        [ListMapKeys("id")]
        public IList<string>? Items { get; set; }
    }

    internal sealed record KeyOnMap
    {
        /// <summary>Labels.</summary>
        [ListMapKeys("id")]
        public IDictionary<string, string>? Labels { get; set; }
    }

    internal sealed record LookAhead
    {
        /// <summary>Name.</summary>
        [Pattern("^(?!lo$)[a-z]+$")]
        public string? Name { get; set; }
    }

    internal sealed record BrokenPattern
    {
        /// <summary>Name.</summary>
        [Pattern("^([a-z]+$")]
        public string? Name { get; set; }
    }

    internal sealed record Unbounded
    {
        /// <summary>Size.</summary>
        [RangeMinimum(0)]
        public int Size { get; set; }
    }

    internal sealed record AnyTime
    {
        /// <summary>When.</summary>
        public DateTimeOffset When { get; set; }
    }

    internal sealed record LengthOfNumber
    {
        /// <summary>Size.</summary>
        [RangeMinimum(0)]
        [RangeMaximum(9)]
        [Length(1)]
        public int Size { get; set; }
    }

    internal sealed record RangeOfText
    {
        /// <summary>Name.</summary>
        [RangeMinimum(0)]
        public string? Name { get; set; }
    }

    internal sealed record Float
    {
        /// <summary>Ratio.</summary>
        public double Ratio { get; set; }
    }

    internal sealed record SilentlyAny
    {
        /// <summary>Anything.</summary>
        public JsonElement Any { get; set; }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Berth.Api;

namespace Berth.Generator.Tests;

public sealed partial class SpecPagesTests
{
    private static readonly string[] Headings = ["Example", "Writing a spec", "Working with", "Status", "Conditions", "Debugging"];

    public static TheoryData<string> Kinds => Crds.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_page_has_the_same_headings_in_the_same_order(string kind)
    {
        var headings = PageOf(kind).Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]).ToList();

        Assert.Equal(Headings.Length, headings.Count);
        Assert.All(headings.Zip(Headings), pair => Assert.StartsWith(pair.Second, pair.First, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_example_can_be_applied_and_carried_out(string kind)
    {
        var examples = Blocks().Matches(PageOf(kind)).SelectMany(block => Yaml.Read(block.Groups[1].Value)).ToList();

        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            Assert.Equal((kind, "berth.dev/v1alpha1"), (example!["kind"]!.GetValue<string>(), example["apiVersion"]!.GetValue<string>()));
            Assert.Empty(SchemaCheck.Check(Crds.SchemaOf(kind), example, kind));
            Assert.Empty(Check(kind, example));
        });
    }

    [Fact]
    public void Every_condition_of_a_virtual_machine_is_explained_on_its_page()
    {
        string[] types = [.. Constants(typeof(ConditionTypes)), .. Constants(typeof(VirtualMachineConditions))];

        Assert.All(types, type => Assert.Contains($"| `{type}` |", PageOf("VirtualMachine"), StringComparison.Ordinal));
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        var folder = Checkout.PathOf(Generation.SpecFolder);
        foreach (var page in Directory.GetFiles(folder, "*.md"))
        {
            Assert.All(Links().Matches(File.ReadAllText(page)), link => Assert.True(File.Exists(Path.Combine(folder, link.Groups[1].Value)), $"{page}: {link.Value}"));
        }
    }

    // A check that finds nothing in what it should refuse would make the examples' test worthless.
    [Theory]
    [InlineData("""{"metadata":{"name":"a"}}""", "VirtualMachine.spec: is missing")]
    [InlineData("""{"spec":{"memory":{"size":"1Gi"},"colour":"red"}}""", "VirtualMachine.spec.colour: is no field")]
    [InlineData("""{"spec":{"memory":{"size":"1 Gi"}}}""", "VirtualMachine.spec.memory.size: 1 Gi does not match")]
    [InlineData("""{"spec":{"memory":{"size":1},"powerState":"On"}}""", "VirtualMachine.spec.powerState: On is not allowed")]
    [InlineData("""{"spec":{"memory":{"size":1},"cpu":{"cores":0}}}""", "VirtualMachine.spec.cpu.cores: 0 is out of bounds")]
    [InlineData("""{"spec":{"memory":{"size":1},"disks":[{"name":"a b"}]}}""", "VirtualMachine.spec.disks[0].name: a b does not match")]
    public void What_the_API_server_would_refuse_is_refused_here(string json, string problem) =>
        Assert.StartsWith(problem, Assert.Single(SchemaCheck.Check(Crds.SchemaOf("VirtualMachine"), JsonNode.Parse(json), "VirtualMachine")), StringComparison.Ordinal);

    private static IReadOnlyList<FieldFinding> Check(string kind, JsonNode example) => kind switch
    {
        "VirtualMachine" => VirtualMachineValidation.Check(example.Deserialize(ApiJsonContext.Default.VirtualMachine)),
        "StoragePool" => StoragePoolValidation.Check(example.Deserialize(ApiJsonContext.Default.StoragePool)),
        "StorageVolume" => StorageVolumeValidation.Check(example.Deserialize(ApiJsonContext.Default.StorageVolume)),
        "Image" => ImageValidation.Check(example.Deserialize(ApiJsonContext.Default.Image)),
        "VirtualNetwork" => VirtualNetworkValidation.Check(example.Deserialize(ApiJsonContext.Default.VirtualNetwork)),
        _ => HypervisorValidation.Check(example.Deserialize(ApiJsonContext.Default.Hypervisor)),
    };

    private static IEnumerable<string> Constants(Type type) => type.GetFields().Select(field => (string)field.GetRawConstantValue()!);

    private static string PageOf(string kind) => Checkout.Text($"{Generation.SpecFolder}/{Crds.ByKind[kind]["spec"]!["names"]!["singular"]}.md");

    [GeneratedRegex(@"```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\]\(([a-z]+\.md)\)")]
    private static partial Regex Links();
}

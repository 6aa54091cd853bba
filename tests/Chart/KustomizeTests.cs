using System.Text.Json.Nodes;

namespace Berth.Chart.Tests;

/// <summary><c>config</c> is made from the chart: what either applies is the same.</summary>
public sealed class KustomizeTests
{
    // What Helm's own hand leaves on an object, and what the definitions have only in the chart.
    private static readonly string[] HelmsLabels = ["app.kubernetes.io/managed-by", "helm.sh/chart"];
    private static readonly string[] DefinitionsLabels = ["app.kubernetes.io/part-of", "app.kubernetes.io/version"];

    [Fact]
    public async Task Chart_and_config_apply_the_same_objects()
    {
        var chart = (await Rendering.OfAsync("--skip-tests")).ToDictionary(item => item.Identity(), Text);
        var config = Rendering.Objects(await Tool.Kubectl.OutputAsync("kustomize", "config/default")).ToDictionary(item => item.Identity(), Text);

        // Helm makes the namespace by --create-namespace.
        Assert.True(config.Remove($"Namespace /{Rendering.Namespace}"));
        Assert.Equal(chart.Keys.Order(StringComparer.Ordinal), config.Keys.Order(StringComparer.Ordinal));
        Assert.All(chart, item => Assert.True(item.Value == config[item.Key], $"{item.Key} differs; run: make generate\nchart:  {item.Value}\nconfig: {config[item.Key]}"));
    }

    [Theory]
    [InlineData("crd")]
    [InlineData("rbac")]
    [InlineData("webhook")]
    [InlineData("operator")]
    [InlineData("agent")]
    public async Task Each_part_of_config_lists_all_of_its_files(string folder)
    {
        var files = Directory.GetFiles(Checkout.PathOf($"config/{folder}"), "*.yaml").SelectMany(file => Rendering.Objects(File.ReadAllText(file)));
        var listed = Rendering.Objects(await Tool.Kubectl.OutputAsync("kustomize", $"config/{folder}"));
        Assert.Equal(files.Select(item => item.Identity()).Order(StringComparer.Ordinal), listed.Select(item => item.Identity()).Order(StringComparer.Ordinal));
    }

    /// <summary>The object without what Helm adds to it, its keys in order.</summary>
    private static string Text(JsonObject item)
    {
        var metadata = item["metadata"]!.AsObject();
        foreach (var label in item.Kind() == "CustomResourceDefinition" ? [.. HelmsLabels, .. DefinitionsLabels] : HelmsLabels)
        {
            (metadata["labels"] as JsonObject)?.Remove(label);
        }

        (metadata["annotations"] as JsonObject)?.Remove("helm.sh/resource-policy");
        foreach (var map in new[] { "labels", "annotations" }.Where(map => metadata[map] is JsonObject { Count: 0 }))
        {
            metadata.Remove(map);
        }

        return Ordered(item)!.ToJsonString();
    }

    private static JsonNode? Ordered(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Ordered(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Ordered)]),
        _ => node?.DeepClone(),
    };
}

using System.Buffers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Berth.Runtime.Client;

namespace Berth.Runtime.Tests.Client;

/// <summary>One object that is nested as deep as the API server allows must not hide the others of its kind.</summary>
public sealed class DeepObjectTests
{
    private static readonly string Deep = string.Concat(Enumerable.Repeat("{\"a\":", 9_000)) + "1" + new string('}', 9_000);

    [Fact]
    public void A_list_with_a_deep_object_has_all_of_them()
    {
        var list = Reader().ReadList(Bytes(
            $$$"""{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"deep"},"unknown":{{{Deep}}}},{"metadata":{"name":"plain"}}]}"""));

        Assert.Equal(["deep", "plain"], list.Items.Select(item => item.Metadata.Name));
    }

    [Fact]
    public void A_change_of_a_deep_object_is_read() =>
        Assert.Equal("deep", Reader().ReadEvent(Bytes($$$"""{"type":"ADDED","object":{"metadata":{"name":"deep","resourceVersion":"8"},"unknown":{{{Deep}}}}}""")).Object!.Metadata.Name);

    private static EntityReader<Widget> Reader() => new(
        (JsonTypeInfo<Widget>)WidgetJson, (_, exception) => Assert.Fail(exception.Message));

    private static JsonTypeInfo WidgetJson => WidgetJsonContext.Default.GetTypeInfo(typeof(Widget))!;

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}

using System.Text;
using System.Text.Json.Nodes;
using Berth.Kubernetes;
using Berth.Runtime.Logging;
using Berth.Runtime.Reconcile;
using Berth.Testing;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Tests.Logging;

public sealed class ConsoleLoggerProviderTests
{
    [Fact]
    public void Writes_a_line_for_people_with_the_values_of_the_pass()
    {
        var text = Write(LogFormat.Text, logger =>
        {
            using (logger.BeginScope(new ReconcileLogScope(7, "widget", new ObjectKey("shop", "web"))))
            {
                logger.LogError("Started on {Node}", "node-1");
            }
        });

        Assert.Equal("2026-01-01T00:00:00.000Z error Thing: Started on node-1 reconcileId=7 controller=widget namespace=shop name=web\n", text);
    }

    [Fact]
    public void Writes_one_object_per_line_for_machines()
    {
        var text = Write(LogFormat.Json, logger =>
        {
            using (logger.BeginScope(new ReconcileLogScope(7, "widget", new ObjectKey("shop", "web"))))
            {
                logger.LogError(new InvalidOperationException("boom"), "Failed {Times} times on {Node}", 3, "node-1");
            }
        });

        var line = JsonNode.Parse(text)!;
        Assert.Equal(1, text.Count(character => character == '\n'));
        Assert.Equal(("Error", "Berth.Some.Thing", "Failed 3 times on node-1"), ((string)line["level"]!, (string)line["category"]!, (string)line["message"]!));
        Assert.Equal((3, "node-1", 7, "web"), ((int)line["times"]!, (string)line["node"]!, (int)line["reconcileId"]!, (string)line["name"]!));
        Assert.Contains("boom", (string)line["exception"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LogFormat.Text)]
    [InlineData(LogFormat.Json)]
    public void Keeps_a_name_with_a_line_break_on_its_line(LogFormat format)
    {
        var text = Write(format, logger => logger.LogError("Saw {Name}", "a\nerror forged"));

        Assert.Equal(1, text.Count(character => character == '\n'));
    }

    private static string Write(LogFormat format, Action<ILogger> log)
    {
        using var output = new MemoryStream();
        using (var provider = new ConsoleLoggerProvider(output, format, new ManualTime()))
        {
            log(provider.CreateLogger("Berth.Some.Thing"));
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}

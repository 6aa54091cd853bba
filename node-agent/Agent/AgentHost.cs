using Berth.Api;
using Berth.Runtime.Client;
using Berth.Runtime.Events;
using Berth.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent;

/// <summary>The process around the controllers: a host without configuration files or defaults of its own, which cost memory and are never read.</summary>
internal static class AgentHost
{
    private const string TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    /// <summary>Builds the host of the agent's parts.</summary>
    public static IHost Build(AgentOptions options, KubernetesClientConfiguration cluster, Action<IServiceCollection> addParts)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "berth-agent" });
        AddLogging(builder.Logging, options);
        builder.Services.AddBerthRuntime(cluster, RuntimeOptionsOf(options));
        addParts(builder.Services);
        return builder.Build();
    }

    private static RuntimeOptions RuntimeOptionsOf(AgentOptions options)
    {
        var runtime = new RuntimeOptions
        {
            Events = new EventPublisherOptions(BerthFieldManagers.Agent) { Host = options.NodeName },
            Diagnostics = new DiagnosticsOptions { Endpoint = options.MetricsAddress },
        };
        (runtime.Client.FieldManager, runtime.Client.UserAgent) = (BerthFieldManagers.Agent, BerthFieldManagers.Agent);
        runtime.Client.TypeInfoResolvers.Add(ApiJsonContext.Default);
        return runtime;
    }

    private static void AddLogging(ILoggingBuilder logging, AgentOptions options)
    {
        logging.SetMinimumLevel(options.LogLevel);
        logging.AddFilter("Microsoft.Hosting", LogLevel.Warning);
        if (options.LogFormat == LogFormats.Json)
        {
            logging.AddJsonConsole(console => (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, TimestampFormat));
        }
        else
        {
            logging.AddSimpleConsole(console =>
                (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat, console.SingleLine, console.ColorBehavior) =
                (true, true, TimestampFormat, true, Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled));
        }
    }
}

using Berth.Api;
using Berth.Runtime.Client;
using Berth.Runtime.Events;
using Berth.Runtime.Hosting;
using Berth.Runtime.Logging;
using Berth.Runtime.Tracing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent;

/// <summary>The process around the controllers: a host without configuration files or defaults of its own, which cost memory and are never read.</summary>
internal static class AgentHost
{
    /// <summary>Builds the host of the agent's parts.</summary>
    public static IHost Build(AgentOptions options, KubernetesClientConfiguration cluster, Action<IServiceCollection> addParts)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "berth-agent" });
        builder.Logging.AddLogLevel(options.LogLevel, options.LogLevelFile).AddFilter("Microsoft", LogLevel.Warning).AddBerthConsole(options.LogFormat);
        builder.Services.AddBerthRuntime(cluster, RuntimeOptionsOf(options)).AddOtlpTracing(options.OtlpEndpoint, BerthFieldManagers.Agent, options.NodeName);
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
}

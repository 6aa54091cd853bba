using Berth.Api;
using Berth.Runtime.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Agents;

/// <summary>Hands the user-data that a VM names in a Secret to the agent that holds the VM at this moment, and to nobody else.</summary>
/// <remarks>All that it decides by is read live: a stolen certificate opens what its node holds, for as long as the agent's pod lives.</remarks>
internal sealed partial class UserDataEndpoint(
    IKubernetesClient client, AgentPods pods, UserDataSecrets secrets, ILogger<UserDataEndpoint> logger) : AgentEndpoint(logger)
{
    private readonly ILogger _logger = logger;

    public override string Path => OperatorApi.UserDataPath;

    public override bool RequiresClientCertificate => true;

    protected override async Task<Refusal?> AnswerAsync(HttpContext context)
    {
        if (context.Connection.ClientCertificate is not { } certificate || AgentIdentity.Of(certificate) is not { } agent)
        {
            return Refusal.Forbidden("The certificate is no agent's.");
        }

        var request = await ReadAsync(context, ApiJsonContext.Default.UserDataRequest);
        if (!ObjectNames.IsName(request.Namespace) || !ObjectNames.IsName(request.Name) || string.IsNullOrEmpty(request.Uid))
        {
            return Refusal.BadRequest("namespace, name and uid of a VirtualMachine are needed.");
        }

        if (await pods.LiveNodeOfAsync(agent.Pod, context.RequestAborted) != agent.Node)
        {
            return Refusal.Forbidden($"The pod \"{agent.Pod.Name}\" that the certificate was given to does not run an agent on node \"{agent.Node}\" (any more).");
        }

        return await HandOutAsync(request, agent, context);
    }

    private async Task<Refusal?> HandOutAsync(UserDataRequest request, AgentIdentity agent, HttpContext context)
    {
        // One answer for all of it: whoever may not ask learns nothing of other nodes' VMs.
        var machine = await client.GetAsync<VirtualMachine>(request.Name, request.Namespace, context.RequestAborted);
        if (machine is null || machine.Metadata.Uid != request.Uid || !machine.IsHeldBy(agent.Node) || machine.Spec?.CloudInit?.UserDataSecretRef is not { } reference)
        {
            return Refusal.Forbidden($"The VirtualMachine \"{request.Namespace}/{request.Name}\" of that UID is not bound to node \"{agent.Node}\", or names no Secret.");
        }

        var (content, refusal) = await secrets.ReadAsync(request.Namespace, reference, context.RequestAborted);
        if (content is null)
        {
            return refusal;
        }

        Log.HandedOut(_logger, request.Namespace, request.Name, agent.Node);
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
        return null;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The user-data of {Namespace}/{Name} was handed to the agent of {Node}")]
        public static partial void HandedOut(ILogger logger, string @namespace, string name, string node);
    }
}

using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Berth.NodeStandin;

/// <summary>The requests by which tests steer the kubelets; tests/stack/README.md lists them.</summary>
internal sealed class ControlServer(string address, NodeHeartbeats nodes, PodPlayer pods)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPEndPoint.Parse(address)));
        await using var application = builder.Build();
        application.Run(context => AnswerAsync(context, cancellationToken));
        await application.StartAsync(cancellationToken);
        await application.WaitForShutdownAsync(cancellationToken);
    }

    private async Task AnswerAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var (status, text) = (500, "the request failed; see the log\n");
        var path = context.Request.Path.Value ?? "/";
        await Attempt.OnceAsync(
            $"{context.Request.Method} {path}",
            async () => (status, text) = await HandleAsync(context.Request, path.Trim('/').Split('/'), cancellationToken),
            cancellationToken);
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(text, cancellationToken);
    }

    private async Task<(int Status, string Text)> HandleAsync(HttpRequest request, string[] path, CancellationToken cancellationToken)
    {
        switch (request.Method, path)
        {
            case ("GET", ["healthz"]):
                return (200, "ok\n");
            case ("GET", ["nodes"]):
                return (200, string.Concat(nodes.All.OrderBy(node => node.Name, StringComparer.Ordinal).Select(node => $"{node.Name} {(node.IsDead ? "dead" : "alive")}\n")));
            case ("PUT", ["nodes", var name]):
                await nodes.RegisterAsync(new StandinNode(name, Text("address") ?? "127.0.0.1", Text("bootIdFile") ?? "", Text("pidFile") ?? ""), cancellationToken);
                return (200, "registered\n");
            case ("DELETE", ["nodes", var name]):
                await nodes.RemoveAsync(name, cancellationToken);
                return (200, "removed\n");
            case ("POST", ["nodes", var name, var action]) when nodes.Find(name) is { } node:
                return await OnNodeAsync(node, action, Text("reason"), Text("count"), cancellationToken);
            case ("POST", ["pods", var space, var name, var action]) when pods.Find(space, name) is { } pod:
                return await OnPodAsync(pod, action, Text("reason"), cancellationToken);
            default:
                return (404, "no such node, pod or request\n");
        }

        string? Text(string name) => request.Query[name];
    }

    private async Task<(int Status, string Text)> OnNodeAsync(StandinNode node, string action, string? reason, string? count, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case "dead":
                node.PlaysDead = true;
                break;
            case "alive":
                node.PlaysDead = false;
                await nodes.BeatAsync(node, cancellationToken);
                break;
            case "reject":
                node.Reject(int.Parse(count ?? "1", CultureInfo.InvariantCulture), reason ?? "OutOfcpu");
                break;
            default:
                return (404, "dead, alive or reject\n");
        }

        return (200, "done\n");
    }

    private async Task<(int Status, string Text)> OnPodAsync(BoundPod pod, string action, string? reason, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case "reject":
                await pods.FailAsync(pod, reason ?? "OutOfcpu", $"Pod was rejected: {reason ?? "OutOfcpu"}", cancellationToken);
                return (200, "done\n");
            case "evict":
                await pods.FailAsync(pod, "Evicted", "The node was low on resource: memory.", cancellationToken);
                return (200, "done\n");
            default:
                return (404, "reject or evict\n");
        }
    }
}

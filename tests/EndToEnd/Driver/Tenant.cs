using System.Text.Json.Nodes;

namespace Berth.EndToEnd.Tests;

/// <summary>A user who may do everything with Berth's objects in one namespace, their statuses included, and nothing else.</summary>
internal sealed class Tenant(KubernetesCli kubectl, string inNamespace)
{
    private const string Name = "tenant";

    /// <summary>Flags of kubectl that make a request the tenant's.</summary>
    public static readonly string[] Flags = ["--as", Name];

    public static async Task<Tenant> InAsync(Stack stack, string inNamespace, CancellationToken cancellationToken)
    {
        await stack.Kubectl.ApplyAsync(
            $$"""
              apiVersion: rbac.authorization.k8s.io/v1
              kind: Role
              metadata: {name: tenant, namespace: {{inNamespace}} }
              rules: [{apiGroups: [berth.dev], resources: ["*"], verbs: ["*"]}]
              ---
              apiVersion: rbac.authorization.k8s.io/v1
              kind: RoleBinding
              metadata: {name: tenant, namespace: {{inNamespace}} }
              roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}
              subjects: [{kind: User, name: {{Name}}, apiGroup: rbac.authorization.k8s.io}]
              """,
            cancellationToken);
        return new Tenant(stack.Kubectl, inNamespace);
    }

    public Task<CommandResult> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        kubectl.RunAsync(cancellationToken, [.. arguments, "-n", inNamespace, .. Flags]);

    public Task<CommandResult> PatchAsync(string machine, string patch, CancellationToken cancellationToken) =>
        RunAsync(cancellationToken, "patch", "vm", machine, "--type=merge", "-p", patch);

    /// <summary>Writes a binding into the status of a VM as it is now, past whoever else writes it at that moment.</summary>
    public Task<CommandResult> BindAsync(Machine machine, string node, long epoch, CancellationToken cancellationToken) => Eventually.SeesAsync(
        "an answer about the forged binding", token => TryBindAsync(machine, node, epoch, token),
        result => !result.Error.Contains("object has been modified", StringComparison.Ordinal), Eventually.Soon, cancellationToken);

    private async Task<CommandResult> TryBindAsync(Machine machine, string node, long epoch, CancellationToken cancellationToken)
    {
        var forged = (await machine.GetAsync(cancellationToken)).Root;
        forged["status"]!["binding"] = new JsonObject { ["nodeName"] = node, ["epoch"] = epoch };
        return await kubectl.RunAsync(
            forged.ToJsonString(), cancellationToken,
            ["replace", "--raw", $"/apis/berth.dev/v1alpha1/namespaces/{inNamespace}/virtualmachines/{machine.Name}/status", "-f", "-", .. Flags]);
    }
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.Operator.Certificates;
using Berth.Runtime.Client;

namespace Berth.Operator.Agents;

/// <summary>Reads user-data from Secrets, and from no others than are meant for such a use.</summary>
internal sealed class UserDataSecrets(IKubernetesClient client, AgentAccess access)
{
    private const string Opaque = "Opaque";

    /// <summary>The value that the reference names, or why there is none.</summary>
    /// <exception cref="KubernetesException">The API server cannot be asked.</exception>
    public async Task<(byte[]? Content, Refusal? Refusal)> ReadAsync(string @namespace, SecretKeyReference reference, CancellationToken cancellationToken)
    {
        var name = $"Secret \"{reference.Name}\"";

        // A name that cannot be one would be another path.
        if (!ObjectNames.IsName(reference.Name))
        {
            return Refuse(Refusal.Unusable("spec.cloudInit.userDataSecretRef.name is no name of a Secret."));
        }

        // Berth's own keys are nobody's user-data, whoever may make VMs beside them.
        if (@namespace == access.Namespace && reference.Name == CertificateOptions.SecretName)
        {
            return Refuse(Refusal.Unusable($"The {name} is Berth's own and is given to no VM."));
        }

        try
        {
            return Judge(await client.GetAsync<V1Secret>(reference.Name, @namespace, cancellationToken), name, reference);
        }
        catch (KubernetesException e) when (e.IsForbidden)
        {
            return Refuse(Refusal.Unusable($"The operator may not read Secrets in namespace \"{@namespace}\": bind the ClusterRole berth-user-data to it there."));
        }
    }

    private static (byte[]? Content, Refusal? Refusal) Judge(V1Secret? secret, string name, SecretKeyReference reference)
    {
        if (secret is null)
        {
            return Refuse(Refusal.NotFound($"The {name} does not exist."));
        }

        // Tokens, certificates and the releases of tools are not handed out because somebody may make VMs.
        if (secret.Type is not (null or "" or Opaque))
        {
            return Refuse(Refusal.Unusable($"The {name} is of type {ShownType(secret.Type)}; only Secrets of type {Opaque} are taken for user-data."));
        }

        var key = reference.KeyOrDefault();
        if (secret.Data is null || !secret.Data.TryGetValue(key, out var content))
        {
            return Refuse(Refusal.NotFound($"The {name} has no key \"{key}\"."));
        }

        return content.Length > OperatorApi.MaxUserDataBytes
            ? Refuse(Refusal.Unusable($"The key \"{key}\" of the {name} has {content.Length} bytes; at most {OperatorApi.MaxUserDataBytes} are taken for user-data."))
            : (content, null);
    }

    private static (byte[]? Content, Refusal? Refusal) Refuse(Refusal refusal) => (null, refusal);

    // A type is free text.
    private static string ShownType(string type) => type.Length <= 100 ? type : type[..100] + "…";
}

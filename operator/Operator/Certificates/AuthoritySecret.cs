using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.Operator.Certificates;

/// <summary>The Secret that holds the authorities. Each write is conditional on what was read, so replicas that start or rotate at once end with one set.</summary>
internal sealed class AuthoritySecret(IKubernetesClient client, CertificateOptions options)
{
    public Task<V1Secret?> ReadAsync(CancellationToken cancellationToken) =>
        client.GetAsync<V1Secret>(CertificateOptions.SecretName, options.Namespace, cancellationToken);

    /// <summary>The authorities' certificates as they are stored, in PEM; null while there are none.</summary>
    public async Task<byte[]?> ReadBundleAsync(CancellationToken cancellationToken) =>
        (await ReadAsync(cancellationToken))?.Data is { } data && data.TryGetValue(AuthoritySet.BundleKey, out var bundle) && bundle.Length > 0 ? bundle : null;

    /// <summary>Creates the Secret, or replaces what <paramref name="read"/> holds.</summary>
    /// <exception cref="KubernetesException">A conflict, or it exists already: another replica was faster. Read again.</exception>
    public Task<V1Secret> WriteAsync(V1Secret? read, AuthoritySet authorities, CancellationToken cancellationToken) => read is null
        ? client.CreateAsync(New(authorities), cancellationToken)
        : client.MergePatchAsync(read, Patch(authorities), null, cancellationToken);

    private V1Secret New(AuthoritySet authorities) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = CertificateOptions.SecretName,
            NamespaceProperty = options.Namespace,
            Labels = new Dictionary<string, string> { ["app.kubernetes.io/managed-by"] = BerthFieldManagers.Operator },
        },
        Type = "Opaque",
        Data = authorities.Write(),
    };

    private static JsonObject Patch(AuthoritySet authorities)
    {
        var data = new JsonObject();
        foreach (var (key, value) in authorities.Write())
        {
            data[key] = Convert.ToBase64String(value);
        }

        return new JsonObject { ["data"] = data };
    }
}

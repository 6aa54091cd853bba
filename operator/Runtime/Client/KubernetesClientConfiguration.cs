using System.Security.Cryptography.X509Certificates;

namespace Berth.Runtime.Client;

/// <summary>Where the API server is, whom to trust and who we are.</summary>
public sealed record KubernetesClientConfiguration(Uri Server)
{
    /// <summary>Where a pod finds its ServiceAccount.</summary>
    public const string ServiceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The namespace of the context or of the pod; null when none is named.</summary>
    public string? Namespace { get; init; }

    /// <summary>The authorities that may sign the server's certificate; null for those of the system.</summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    /// <summary>Takes any server certificate. For tests only.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name expected in the server's certificate; null for the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>A bearer token that never changes.</summary>
    public string? Token { get; init; }

    /// <summary>A file with a bearer token, read again within a minute of a change; goes before <see cref="Token"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>A program that gives a token or a client certificate; goes after the other credentials.</summary>
    public ExecPlugin? Exec { get; init; }

    /// <summary>Reads a kubeconfig file; <paramref name="context"/> null takes its current context.</summary>
    /// <exception cref="FormatException">The file is no kubeconfig, or names what it does not contain.</exception>
    public static KubernetesClientConfiguration FromKubeconfig(string path, string? context = null)
    {
        using var reader = new StreamReader(path);
        return Kubeconfig.Read(reader, Path.GetDirectoryName(Path.GetFullPath(path))!, context);
    }

    /// <summary>Reads what Kubernetes mounts into a pod. Host and port are the pod's KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT.</summary>
    public static KubernetesClientConfiguration InCluster(string serviceHost, string servicePort, string directory = ServiceAccountDirectory)
    {
        var host = serviceHost.Contains(':', StringComparison.Ordinal) ? $"[{serviceHost}]" : serviceHost;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(Path.Combine(directory, "ca.crt"));
        var namespaceFile = Path.Combine(directory, "namespace");
        return new KubernetesClientConfiguration(new Uri($"https://{host}:{servicePort}"))
        {
            CertificateAuthorities = authorities,
            TokenFile = Path.Combine(directory, "token"),
            Namespace = File.Exists(namespaceFile) ? File.ReadAllText(namespaceFile).Trim() : null,
        };
    }
}

namespace Berth.Operator.Certificates;

/// <summary>Where the certificate authority is kept, how long certificates live, and which names the operator serves under.</summary>
internal sealed record CertificateOptions(string Namespace)
{
    /// <summary>The Secret, in <see cref="Namespace"/>, that all replicas share.</summary>
    public const string SecretName = "berth-webhook";

    /// <summary>The Service in front of all replicas.</summary>
    public const string ServiceName = "berth-operator";

    /// <summary>Shorter lives would be renewed faster than everybody learns of it.</summary>
    public static readonly TimeSpan ShortestLifetime = TimeSpan.FromSeconds(10);

    /// <summary>Clocks that are this far behind ours take a new certificate all the same: it begins so long before it was made.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Life of a certificate authority. At half of it a new one is made, which signs a quarter later; the old one stays trusted to its end.</summary>
    public required TimeSpan AuthorityLifetime { get; init; }

    /// <summary>Life of the certificate that the operator serves with; it is replaced after two thirds.</summary>
    public required TimeSpan CertificateLifetime { get; init; }

    /// <summary>Names and addresses that clients use for the operator, besides those of its Service.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Folder of a certificate that somebody else renews, for who asks for its names; null for none.</summary>
    public string? GivenDirectory { get; init; }

    /// <summary>All names of the serving certificate; the first is its common name.</summary>
    public IReadOnlyList<string> ServingNames =>
        [$"{ServiceName}.{Namespace}.svc", $"{ServiceName}.{Namespace}.svc.cluster.local", $"{ServiceName}.{Namespace}", .. Names];
}

namespace Berth.Api;

/// <summary>Asks for a certificate; sent with the agent's token.</summary>
public sealed record AgentCertificateRequest
{
    /// <summary>A PKCS #10 signing request in PEM. Only its key is taken; who it is for follows from the token.</summary>
    public string Csr { get; set; } = "";
}

/// <summary>A certificate for an agent.</summary>
public sealed record AgentCertificateResponse
{
    /// <summary>The certificate in PEM.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>For how many seconds from now it is good, so that the agent need not compare clocks.</summary>
    public double LifetimeSeconds { get; set; }
}

/// <summary>Asks for the user-data that a VM names.</summary>
public sealed record UserDataRequest
{
    /// <summary>The VM's namespace.</summary>
    public string Namespace { get; set; } = "";

    /// <summary>The VM's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The VM's UID.</summary>
    public string Uid { get; set; } = "";
}

/// <summary>Why the operator refused.</summary>
public sealed record OperatorRefusal
{
    /// <summary>One of <see cref="OperatorReasons"/>.</summary>
    public string Reason { get; set; } = "";

    /// <summary>A sentence for people; never a secret.</summary>
    public string Message { get; set; } = "";
}

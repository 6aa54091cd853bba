namespace Berth.Api;

/// <summary>The words that agents and the operator's HTTPS endpoint agree on.</summary>
public static class OperatorApi
{
    /// <summary>Audience of the tokens that agents show to the operator. The API server takes no token of this audience, and the operator none of another.</summary>
    public const string TokenAudience = "berth-operator";

    /// <summary>Name of the agents' ServiceAccount, in Berth's namespace.</summary>
    public const string AgentAccount = "berth-agent";

    /// <summary>Path that answers a signing request, shown a token, with a certificate.</summary>
    public const string CertificatePath = "/agents/v1/certificate";

    /// <summary>Path that answers, shown a certificate, with the user-data that a VM of the node names: the bytes of the Secret, as they are.</summary>
    public const string UserDataPath = "/agents/v1/user-data";

    /// <summary>ConfigMap in Berth's namespace with the authorities that may sign the operator's certificate.</summary>
    public const string AuthoritiesConfigMap = "berth-ca";

    /// <summary>Key of the authorities in that ConfigMap: PEM.</summary>
    public const string AuthoritiesKey = "ca.crt";

    /// <summary>Largest user-data that is handed out, in bytes.</summary>
    public const int MaxUserDataBytes = 512 * 1024;

    /// <summary>The name in the operator's certificate, whatever address it is reached by.</summary>
    public static string ServerName(string @namespace) => $"berth-operator.{@namespace}.svc";
}

/// <summary>Reasons of the endpoint's refusals.</summary>
public static class OperatorReasons
{
    /// <summary>The request is not what the path takes.</summary>
    public const string BadRequest = "BadRequest";

    /// <summary>No token or certificate, or one that is not (or no longer) good.</summary>
    public const string Unauthenticated = "Unauthenticated";

    /// <summary>It is known who asks, and they may not.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>The Secret or its key does not exist.</summary>
    public const string NotFound = "NotFound";

    /// <summary>The Secret's value cannot be used as user-data.</summary>
    public const string Unusable = "Unusable";

    /// <summary>The operator cannot tell at the moment; ask again.</summary>
    public const string Unavailable = "Unavailable";
}

namespace Berth.Runtime.Client;

/// <summary>A program that prints an ExecCredential (<c>client.authentication.k8s.io</c>).</summary>
public sealed record ExecPlugin(string ApiVersion, string Command)
{
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Added to the environment of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

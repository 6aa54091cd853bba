using System.Text.Json.Serialization.Metadata;

namespace Berth.Runtime.Client;

/// <summary>How the client behaves, whatever server it talks to.</summary>
public sealed class KubernetesClientOptions
{
    /// <summary>Recorded by the server for every field that this client writes; the same on every node.</summary>
    public string FieldManager { get; set; } = "berth";

    public string UserAgent { get; set; } = "berth";

    /// <summary>Source-generated contexts of the application's own kinds; the built-in kinds are known already.</summary>
    public IList<IJsonTypeInfoResolver> TypeInfoResolvers { get; } = [];

    /// <summary>How long one request may take, retries apart; watches have no such bound. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A connection with open requests that was silent for this long is asked whether it still lives, and is given up when no answer comes
    /// within <see cref="KeepAlivePingTimeout"/>. Defaults 20 s and 15 s.</summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromSeconds(20);

    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A fenced client's connection on which a write has gone unacknowledged for this long is cut by the kernel, even while the process is stopped.
    /// With the renew deadline of the election it must stay below the duration of the Lease. Default 4 s.</summary>
    public TimeSpan UnacknowledgedWriteTime { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How often a throttled request is tried again before the failure is reported. Default 4.</summary>
    public int ThrottleRetries { get; set; } = 4;

    /// <summary>A server that asks for a longer wait than this is not waited for. Default 10 s.</summary>
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromSeconds(10);
}

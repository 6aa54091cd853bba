using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Data for cloud-init, given to the guest as a NoCloud seed: a small read-only disk labelled cidata.</summary>
public sealed record CloudInit
{
    /// <summary>The user-data, as it is.</summary>
    [Length(maxLength: 262144)]
    public string? UserData { get; set; }

    /// <summary>The Secret key that holds the user-data, in place of userData: a Secret of type Opaque, at most 512 KiB. It is read when the guest is started; a change of the Secret shows at the next start.</summary>
    public SecretKeyReference? UserDataSecretRef { get; set; }

    /// <summary>The network-config (version 1 or 2), as it is.</summary>
    [Length(maxLength: 262144)]
    public string? NetworkData { get; set; }
}

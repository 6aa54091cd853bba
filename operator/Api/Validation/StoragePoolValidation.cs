namespace Berth.Api;

/// <summary>What stands against a StoragePool: values that cannot work, and fields that this version does not carry out.</summary>
public static class StoragePoolValidation
{
    private const string PathField = "spec.target.path";
    private static readonly string[] OtherTypes = ["fs", "netfs", "logical", "disk", "iscsi", "iscsi-direct", "gluster", "rbd"];

    // Neither these folders nor anything below them: a pool's files would mix with the system's.
    private static readonly string[] SystemTrees =
    [
        "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys", "/usr",
        "/var/lock", "/var/run", "/var/lib/containerd", "/var/lib/etcd", "/var/lib/kubelet",
    ];

    // Not these themselves, but folders below them.
    private static readonly string[] SystemFolders =
        ["/home", "/root", "/tmp", "/var", "/var/cache", "/var/lib", "/var/lib/berth", "/var/lib/libvirt", "/var/log", "/var/tmp"];

    /// <summary>All findings, at most 50; none when the pool can be made. Never throws.</summary>
    public static IReadOnlyList<FieldFinding> Check(StoragePool? pool)
    {
        var findings = new FieldFindings();
        findings.Unknown(pool?.UnknownFields);
        findings.ObjectName("metadata.name", pool?.Metadata?.Name, "a StoragePool", required: true);
        if (pool?.Spec is not { } spec)
        {
            findings.Invalid("spec", "is missing.");
            return findings.All;
        }

        findings.Carried("spec.type", spec.Type, ["dir"], OtherTypes);
        if (spec.Type == "dir" || spec.Target?.Path is not null)
        {
            CheckPath(spec.Target?.Path, findings);
        }

        if (FieldRules.IsGiven(spec.Source))
        {
            findings.NotSupported("spec.source", "a source (pools of type dir have none)");
        }

        if (spec.Shared)
        {
            findings.NotSupported("spec.shared", "a pool that several nodes share");
        }

        findings.OneOf("spec.reclaimPolicy", spec.ReclaimPolicy ?? "", ReclaimPolicies.Delete, ReclaimPolicies.Retain);
        findings.Labels("spec.nodeSelector", spec.NodeSelector);
        findings.Namespaces("spec.allowedNamespaces", spec.AllowedNamespaces);
        return findings.All;
    }

    private static void CheckPath(string? path, FieldFindings findings)
    {
        if (string.IsNullOrEmpty(path))
        {
            findings.Invalid(PathField, "is missing; give the absolute path of a folder, such as /var/lib/berth/pools/default.");
        }
        else if (path[0] != '/' || path.Length > 1024 || !FieldText.IsPrintable(path))
        {
            findings.Invalid(PathField, $"{FieldText.Quoted(path)} is not an absolute path of at most 1024 printable characters.");
        }
        else if (path.Length == 1 || path[1..].Split('/').Any(segment => segment is "" or "." or ".."))
        {
            findings.Invalid(PathField, $"{FieldText.Quoted(path)} must be a plain path below /, without \"//\", \".\", \"..\" and a slash at the end.");
        }
        else if (SystemTrees.Any(tree => path == tree || path.StartsWith(tree + "/", StringComparison.Ordinal)) || SystemFolders.Contains(path))
        {
            findings.Invalid(PathField, $"{FieldText.Quoted(path)} belongs to the system; use a folder of its own, such as /var/lib/berth/pools/default.");
        }
    }
}

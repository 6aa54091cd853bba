namespace Berth.Api;

/// <summary>What stands against a StorageVolume: values that cannot work, and fields that this version does not carry out.</summary>
public static class StorageVolumeValidation
{
    // The file is named NAMESPACE.NAME.UID8, and a file's name has at most 255 bytes.
    private const int MaxNameAndNamespace = 255 - 10;

    /// <summary>All findings, at most 50; none when the volume can be made. Never throws.</summary>
    public static IReadOnlyList<FieldFinding> Check(StorageVolume? volume)
    {
        var findings = new FieldFindings();
        findings.Unknown(volume?.UnknownFields);
        CheckName(volume, findings);
        if (volume?.Spec is not { } spec)
        {
            findings.Invalid("spec", "is missing.");
            return findings.All;
        }

        findings.ObjectName("spec.pool", spec.Pool, "a StoragePool", required: false);
        findings.OneOf("spec.format", spec.Format ?? "", "qcow2", "raw");
        findings.OneOf("spec.allocation", spec.Allocation ?? "", "thin", "full");
        CheckSource(spec.Source, findings);
        CheckSize(spec, findings);
        CheckImageCopy(spec, findings);
        return findings.All;
    }

    private static void CheckName(StorageVolume? volume, FieldFindings findings)
    {
        var name = volume?.Metadata?.Name;
        findings.ObjectName("metadata.name", name, "a StorageVolume", required: true);
        if (name?.Length + (volume?.Metadata?.NamespaceProperty?.Length ?? 0) > MaxNameAndNamespace)
        {
            findings.Invalid("metadata.name", $"name and namespace have more than {MaxNameAndNamespace} characters together; the volume's file could not be named after them.");
        }
    }

    private static void CheckSource(VolumeSource? source, FieldFindings findings)
    {
        if (source is null)
        {
            return;
        }

        string?[] given = [source.Image, source.Volume, source.Snapshot, source.Url];
        if (given.Count(field => !string.IsNullOrEmpty(field)) > 1)
        {
            findings.Invalid("spec.source", "must have at most one of image, volume, snapshot and url.");
        }

        findings.ObjectName("spec.source.image", source.Image, "an Image of type disk", required: false);
        NotCarried("spec.source.volume", source.Volume, "copying a volume", findings);
        NotCarried("spec.source.snapshot", source.Snapshot, "a volume from a snapshot", findings);
        NotCarried("spec.source.url", source.Url, "fetching into a volume (make an Image and name it)", findings);
    }

    private static void NotCarried(string field, string? value, string what, FieldFindings findings)
    {
        if (!string.IsNullOrEmpty(value))
        {
            findings.NotSupported(field, what);
        }
    }

    private static void CheckSize(StorageVolumeSpec spec, FieldFindings findings)
    {
        if (spec.Size is { } size)
        {
            findings.DiskSize("spec.size", size);
        }
        else if (string.IsNullOrEmpty(spec.Source?.Image))
        {
            findings.Invalid("spec.size", "is missing; a volume without an image needs a size, such as 20Gi.");
        }
    }

    // A volume from an image is a qcow2 overlay on the pool's copy: neither raw, nor taken in full.
    private static void CheckImageCopy(StorageVolumeSpec spec, FieldFindings findings)
    {
        if (string.IsNullOrEmpty(spec.Source?.Image))
        {
            return;
        }

        if (spec.Format == "raw")
        {
            findings.NotSupported("spec.format", "raw with an image as source (use qcow2)");
        }

        if (spec.Allocation == "full")
        {
            findings.NotSupported("spec.allocation", "full with an image as source (use thin)");
        }
    }
}

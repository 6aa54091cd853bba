namespace Berth.Api;

/// <summary>What stands against a change of a spec: fields that may not change while the object lives.</summary>
public static class FieldChanges
{
    /// <summary>An Image's copies are named by their content: another source is another image.</summary>
    public static IReadOnlyList<FieldFinding> Check(Image old, Image fresh)
    {
        var findings = new FieldFindings();
        Same("spec.source", old.Spec.Source, fresh.Spec.Source, "make another Image and name that one", findings);
        return findings.All;
    }

    /// <summary>A pool's marker and its volumes lie where it was made.</summary>
    public static IReadOnlyList<FieldFinding> Check(StoragePool old, StoragePool fresh)
    {
        var findings = new FieldFindings();
        Same("spec.type", old.Spec.Type, fresh.Spec.Type, "make another StoragePool", findings);
        Same("spec.target.path", old.Spec.Target?.Path, fresh.Spec.Target?.Path, "make another StoragePool: the volumes stay where they are", findings);
        return findings.All;
    }

    /// <summary>A volume's data is never made anew, nor cut.</summary>
    public static IReadOnlyList<FieldFinding> Check(StorageVolume old, StorageVolume fresh)
    {
        var findings = new FieldFindings();
        Same("spec.pool", Given(old.Spec.Pool), Given(fresh.Spec.Pool), "make another StorageVolume", findings);
        Same("spec.format", old.Spec.Format, fresh.Spec.Format, "make another StorageVolume", findings);
        Same("spec.source", old.Spec.Source ?? new VolumeSource(), fresh.Spec.Source ?? new VolumeSource(), "make another StorageVolume", findings);
        if (old.Spec.Size is { IsValid: true } size && fresh.Spec.Size is { IsValid: true } now && now.Value < size.Value)
        {
            findings.Invalid("spec.size", $"{now} is less than the {size} that the guest may have written to; a volume does not shrink.");
        }

        return findings.All;
    }

    // Not given and empty mean the same.
    private static string Given(string? text) => text ?? "";

    private static void Same<T>(string field, T old, T fresh, string instead, FieldFindings findings)
    {
        if (!EqualityComparer<T>.Default.Equals(old, fresh))
        {
            findings.Invalid(field, $"may not change; {instead}.");
        }
    }
}

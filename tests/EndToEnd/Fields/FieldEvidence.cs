namespace Berth.EndToEnd.Tests;

/// <summary>What became of one VM of the field walk: everything in which a field can show.</summary>
/// <param name="Machine">The VirtualMachine.</param>
/// <param name="Domain">The domain's XML; null where the VM has none.</param>
/// <param name="Berth">The berth; null where the VM has none.</param>
/// <param name="Seed">The cloud-init seed's bytes as Latin-1 text; null where there is none.</param>
internal sealed record FieldEvidence(KubernetesJson Machine, DomainXml? Domain, KubernetesJson? Berth, string? Seed)
{
    public bool IsNotSupported(string field) =>
        Machine.Reason("Stalled") == "NotSupported" && Machine.Message("Stalled").Contains(field, StringComparison.Ordinal) && Domain is null && Berth is null;

    public bool DomainHas(string path) => Domain is not null && Domain.Has(path);

    public override string ToString() => $"{Machine}\n{Domain}\n{Berth}";
}

/// <summary>How one field shows.</summary>
/// <param name="Path">The field, as <see cref="CrdFields"/> writes it; ended by <c>**</c> for all fields below.</param>
/// <param name="Machine">The VM of the walk that sets it.</param>
/// <param name="Shows">True when that VM shows the field's effect.</param>
internal sealed record FieldEffect(string Path, string Machine, Predicate<FieldEvidence> Shows)
{
    public bool Covers(string field) => Path.EndsWith("**", StringComparison.Ordinal) ? field.StartsWith(Path[..^2], StringComparison.Ordinal) : field == Path;
}

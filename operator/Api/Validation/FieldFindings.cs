namespace Berth.Api;

/// <summary>Collects findings; the number is bounded, so that a condition's message can hold them.</summary>
internal sealed class FieldFindings
{
    private const int Limit = 50;
    private readonly List<FieldFinding> _findings = [];

    public IReadOnlyList<FieldFinding> All => _findings;

    public void NotSupported(string field, string what) => Add(FieldFinding.NotSupported(field, what));

    public void Invalid(string field, string problem) => Add(FieldFinding.Invalid(field, problem));

    /// <summary>First, so that theirs is the reason: with a field that is not known nobody can tell what the others mean.</summary>
    public void Unknown(IReadOnlyList<string>? fields)
    {
        foreach (var field in fields ?? [])
        {
            Add(FieldFinding.Unknown(field));
        }
    }

    private void Add(FieldFinding finding)
    {
        if (_findings.Count < Limit)
        {
            _findings.Add(finding);
        }
    }
}

namespace Berth.Api.Tests;

/// <summary>Objects with one thing wrong each, and what is to be found: the field and the reason.</summary>
internal sealed class Wrong<T>(Func<T> sample, Func<T, IReadOnlyList<FieldFinding>> check)
{
    private readonly Dictionary<string, (Action<T> Change, string Field, string Reason)> _rows = [];

    public TheoryData<string> Names => [.. _rows.Keys];

    public Wrong<T> Invalid(string name, string field, Action<T> change) => Add(name, field, ConditionReasons.InvalidSpec, change);

    public Wrong<T> NotSupported(string name, string field, Action<T> change) => Add(name, field, ConditionReasons.NotSupported, change);

    /// <summary>Exactly this one thing is found, and the message names the field and says something about it.</summary>
    public void AssertFound(string name)
    {
        var (change, field, reason) = _rows[name];
        var changed = sample();
        Assert.Empty(check(changed));
        change(changed);

        var finding = Assert.Single(check(changed));

        Assert.Equal((field, reason), (finding.Field, finding.Reason));
        Assert.StartsWith(field + ": ", finding.Message, StringComparison.Ordinal);
        Assert.True(finding.Message.Length > field.Length + 10 && finding.Message.EndsWith('.'), finding.Message);
    }

    private Wrong<T> Add(string name, string field, string reason, Action<T> change)
    {
        _rows.Add(name, (change, field, reason));
        return this;
    }
}

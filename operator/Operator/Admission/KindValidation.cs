using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>The rules of one kind: the same functions that operator and agents run.</summary>
internal abstract record KindValidation(string Resource)
{
    /// <summary>What stands against the object, and what is advised. <paramref name="old"/> null: it is new.</summary>
    /// <exception cref="JsonException">The object is not of the kind's shape.</exception>
    public abstract KindVerdict Check(JsonElement fresh, JsonElement? old);
}

/// <param name="Refusals">Why it is refused; empty when it is not.</param>
/// <param name="Warnings">What the user is told.</param>
internal sealed record KindVerdict(IReadOnlyList<FieldFinding> Refusals, IReadOnlyList<string> Warnings);

/// <inheritdoc />
internal sealed record KindValidation<T>(string Resource, JsonTypeInfo<T> Json, Func<T, IReadOnlyList<FieldFinding>> Findings) : KindValidation(Resource)
    where T : class
{
    /// <summary>Fields that may not change.</summary>
    public Func<T, T, IReadOnlyList<FieldFinding>> Changes { get; init; } = (_, _) => [];

    /// <summary>What works and is unwise.</summary>
    public Func<T, IReadOnlyList<string>> Advice { get; init; } = _ => [];

    public override KindVerdict Check(JsonElement fresh, JsonElement? old)
    {
        var entity = Read(fresh);
        var before = old is { } given ? TryRead(given) : null;
        var found = Findings(entity);

        // What was wrong before, perhaps by rules that came later, must not keep the user from changing something else.
        var known = before is null ? [] : Findings(before).ToHashSet();
        var news = found.Where(finding => !known.Contains(finding)).ToLookup(finding => finding.Reason == ConditionReasons.NotSupported);
        return new KindVerdict(
            [.. before is null ? [] : Changes(before, entity), .. news[false]],
            [.. news[true].Concat(found.Where(known.Contains)).Select(finding => finding.Message), .. Advice(entity)]);
    }

    /// <summary>An object that was stored before its schema was what it is now: nothing is held against who mends it.</summary>
    private T? TryRead(JsonElement element)
    {
        try
        {
            return Read(element);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private T Read(JsonElement element) => element.Deserialize(Json) ?? throw new JsonException("The object is null.");
}

namespace Berth.Generator;

/// <summary>The types say what cannot be generated; the message lists every such field.</summary>
internal sealed class GenerationException(IReadOnlyCollection<string> errors)
    : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyCollection<string> Errors { get; } = errors;
}

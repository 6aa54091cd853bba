namespace Berth.Generator;

/// <summary>The part of a hand-written page that is generated: the lines between two markers.</summary>
internal static class MarkedSection
{
    public const string Begin = "<!-- generated -->";
    public const string End = "<!-- /generated -->";

    /// <summary>The page with the text between its markers replaced.</summary>
    /// <exception cref="GenerationException">The page has no markers, or more than one pair.</exception>
    public static string Replace(string path, string page, string text)
    {
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin || page.LastIndexOf(Begin, StringComparison.Ordinal) != begin || page.LastIndexOf(End, StringComparison.Ordinal) != end)
        {
            throw new GenerationException([$"{path}: needs one line {Begin} and, below it, one line {End}; the field tables go between them."]);
        }

        return page[..(begin + Begin.Length)] + "\n\n" + text + "\n" + page[end..];
    }
}

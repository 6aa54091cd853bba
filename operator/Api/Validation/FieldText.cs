using System.Buffers;
using System.Globalization;
using System.Text;

namespace Berth.Api;

/// <summary>How user text is shown in messages, and the grammars of names that Kubernetes uses.</summary>
internal static class FieldText
{
    private const int ShownCharacters = 64;

    private static readonly SearchValues<char> DnsCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>The text in quotes, shortened, without control characters and marks that change the direction of writing: it may stand in conditions, events and logs.</summary>
    public static string Quoted(string? text)
    {
        var shown = new StringBuilder("\"");
        foreach (var character in (text ?? "").Take(ShownCharacters))
        {
            shown.Append(char.IsControl(character) || char.IsSurrogate(character) || char.GetUnicodeCategory(character) is UnicodeCategory.Format ? '\uFFFD' : character);
        }

        return shown.Append(text?.Length > ShownCharacters ? "…\"" : "\"").ToString();
    }

    /// <summary>True for lower-case letters, digits and inner hyphens, at most 63 characters.</summary>
    public static bool IsDnsLabel(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 63
        && text[0] != '-' && text[^1] != '-'
        && !text.ContainsAnyExcept(DnsCharacters);

    /// <summary>True for DNS labels joined by dots, at most 253 characters: what names most objects.</summary>
    public static bool IsDnsSubdomain(string? text)
    {
        if (text is not { Length: > 0 and <= 253 })
        {
            return false;
        }

        // Kubernetes bounds the whole name, not each label of it.
        return text.Split('.').All(label => label.Length > 0 && label[0] != '-' && label[^1] != '-'
            && !label.AsSpan().ContainsAnyExcept(DnsCharacters));
    }

    /// <summary>True for the key of a label: a name, or a DNS subdomain, a slash and a name.</summary>
    public static bool IsLabelKey(string? text)
    {
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        return text is { Length: > 0 } && (slash < 0 || IsDnsSubdomain(text[..slash])) && IsLabelName(text.AsSpan(slash + 1));
    }

    /// <summary>True for the value of a label; empty is one.</summary>
    public static bool IsLabelValue(string? text) => string.IsNullOrEmpty(text) || IsLabelName(text);

    /// <summary>True for a word of libvirt's, such as a CPU model or a CPU feature.</summary>
    public static bool IsWord(string? text) =>
        text is { Length: > 0 and <= 64 } && char.IsAsciiLetterOrDigit(text[0])
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-');

    /// <summary>True for text that can stand on one line of an XML document.</summary>
    public static bool IsPrintable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (!(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])))
                {
                    return false;
                }

                i++;
            }
            else if (char.IsControl(text[i]) || text[i] is '\uFFFE' or '\uFFFF')
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLabelName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 63
        && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && !text.ContainsAnyExcept(LabelCharacters);
}

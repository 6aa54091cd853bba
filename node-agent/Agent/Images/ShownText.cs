using System.Globalization;
using System.Text;

namespace Berth.NodeAgent.Images;

/// <summary>Text of servers and files as it may stand in conditions, events and logs.</summary>
internal static class ShownText
{
    private const int MaxCharacters = 512;

    /// <summary>The text without control characters, halves of characters and marks that change the direction of writing, and not longer than people read.</summary>
    public static string Of(string text)
    {
        var shown = new StringBuilder(Math.Min(text.Length, MaxCharacters));
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= MaxCharacters)
            {
                return shown.Append('…').ToString();
            }

            shown.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                ? Rune.ReplacementChar : rune);
        }

        return shown.ToString();
    }
}

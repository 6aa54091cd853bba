using System.Text;

namespace Berth.Testing.Hostile;

/// <summary>Text that breaks programs: markup, control characters, halves of characters, paths, formats, shells, numbers.</summary>
public static class HostileText
{
    private static readonly string[] Pieces =
    [
        "<", ">", "&", "'", "\"", "]]>", "<![CDATA[", "<!--", "-->", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/shadow'>]>", "&y;", "&#0;", "<?xml?>", "</domain>",
        "\0", "\u0001", "\t", "\r\n", "\u001b[2J", "\u007f", "\u0085", "\uD800", "\uDC00", "\uFFFE", "\uFFFF", "😀", "é", "e\u0301", "\u202E", "\u2066", "\u200D", "\uFEFF", "漢字",
        "..", "/", "../", "../../../../etc/shadow", "/etc/shadow", "\\", "C:\\x", "~", "./", "//", "/dev/watchdog", "/proc/self/mem", ".berth-pool.json",
        "%s", "%n", "%00", "%2e%2e%2f", "{0}", "{{", "${HOME}", "$(reboot)", "`reboot`", "; rm -rf /", "| cat", "* ", "#", ": ", "- ", "!!python/object", "---", "&a *a",
        "json:{}", "nbd://127.0.0.1", "fat:rw:/etc", ",readonly=off", ",file=/etc/shadow", "-drive", "NaN", "1e999", "-0", "9223372036854775808", "0x7f", "null", "true", "''", " ",
    ];

    /// <summary>A short text of such pieces among plain letters.</summary>
    public static string Any(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            text.Append(random.Next(4) == 0 ? "abc" : Pieces[random.Next(Pieces.Length)]);
        }

        return text.ToString();
    }

    /// <summary>One text of every kind, and one that is a megabyte long.</summary>
    public static IEnumerable<string> All => Pieces.Append(new string('x', 1 << 20)).Append(string.Concat(Enumerable.Repeat("../", 100_000)));
}

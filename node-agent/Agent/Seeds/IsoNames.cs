using System.Text;

namespace Berth.NodeAgent.Seeds;

/// <summary>How names are written in one of the image's two trees.</summary>
internal abstract class IsoNames
{
    /// <summary>The plain tree: eight capitals, three more after a dot, a version.</summary>
    public static IsoNames Primary { get; } = new PrimaryNames();

    /// <summary>The Joliet tree: names as they are, in UCS-2.</summary>
    public static IsoNames Joliet { get; } = new JolietNames();

    /// <summary>Escape sequences of the volume descriptor.</summary>
    public abstract ReadOnlySpan<byte> EscapeSequences { get; }

    /// <summary>A file's name as it stands in its folder.</summary>
    public abstract byte[] FileName(string name);

    /// <summary>A text field of the descriptor, padded with blanks.</summary>
    public abstract void WriteText(Span<byte> field, string text);

    private sealed class PrimaryNames : IsoNames
    {
        public override ReadOnlySpan<byte> EscapeSequences => [];

        public override byte[] FileName(string name)
        {
            var letters = string.Concat(name.ToUpperInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
            return Encoding.ASCII.GetBytes($"{(letters.Length > 8 ? letters[..8] : letters)}.;1");
        }

        public override void WriteText(Span<byte> field, string text)
        {
            field.Fill((byte)' ');
            Encoding.ASCII.GetBytes(text, field);
        }
    }

    private sealed class JolietNames : IsoNames
    {
        // UCS-2 level 3.
        public override ReadOnlySpan<byte> EscapeSequences => "%/E"u8;

        public override byte[] FileName(string name) => Encoding.BigEndianUnicode.GetBytes(name);

        public override void WriteText(Span<byte> field, string text)
        {
            for (var i = 0; i + 1 < field.Length; i += 2)
            {
                (field[i], field[i + 1]) = (0, (byte)' ');
            }

            Encoding.BigEndianUnicode.GetBytes(text.Length * 2 > field.Length ? text[..(field.Length / 2)] : text, field);
        }
    }
}

using System.Globalization;

namespace Berth.Api;

/// <summary>IPv4 addresses as numbers, in the one way of writing them that everybody reads alike.</summary>
internal static class Ipv4
{
    /// <summary>Reads four decimal octets without leading zeros (which some programs take for octal).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        var count = 0;
        foreach (var range in text.Split('.'))
        {
            var octet = text[range];
            if (++count > 4 || octet.Length is 0 or > 3 || (octet.Length > 1 && octet[0] == '0')
                || !byte.TryParse(octet, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            address = (address << 8) | value;
        }

        return count == 4;
    }

    public static string Format(uint address) => $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";
}

using System.Security.Cryptography;
using System.Text;

namespace Berth.NodeAgent.Domains;

/// <summary>MAC addresses of interfaces.</summary>
internal static class MacAddress
{
    /// <summary>The address of an interface: the one that the spec gives, or one derived from the VM's UID and the interface's name, which stays the same wherever the VM runs.</summary>
    public static string Of(string uid, Api.Interface card)
    {
        if (card.Mac is { Length: > 0 } given)
        {
            return given.ToLowerInvariant();
        }

        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{uid}/{card.Name}"));
        return $"52:54:00:{digest[0]:x2}:{digest[1]:x2}:{digest[2]:x2}";
    }
}

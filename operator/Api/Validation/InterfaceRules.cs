using System.Globalization;

namespace Berth.Api;

/// <summary>Rules of <c>spec.interfaces</c>.</summary>
internal static class InterfaceRules
{
    private const string Field = "spec.interfaces";
    private const int MaxInterfaces = 32;

    public static void Check(VirtualMachineSpec spec, FieldFindings findings)
    {
        findings.AtMost(Field, spec.Interfaces, MaxInterfaces);
        var (names, macs) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        foreach (var (nic, path) in FieldPath.Items(Field, spec.Interfaces))
        {
            if (nic is null)
            {
                findings.Invalid(path, "is null; remove it.");
                continue;
            }

            findings.ItemName($"{path}.name", nic.Name, 63, names);
            findings.ObjectName($"{path}.network", nic.Network, "a VirtualNetwork", required: true);
            findings.OneOf($"{path}.model", nic.Model, "virtio", "e1000e", "e1000", "rtl8139");
            if (!string.IsNullOrEmpty(nic.Mac))
            {
                CheckMac($"{path}.mac", nic.Mac, macs, findings);
            }
        }
    }

    private static void CheckMac(string path, string mac, HashSet<string> macs, FieldFindings findings)
    {
        if (OctetsOf(mac) is not { } octets)
        {
            findings.Invalid(path, $"{FieldText.Quoted(mac)} is not a MAC address such as 52:54:00:12:34:56.");
        }
        else if ((octets[0] & 1) != 0)
        {
            findings.Invalid(path, $"{mac} is a multicast address; the first octet must be even, such as 52.");
        }
        else if (octets.All(octet => octet == 0))
        {
            findings.Invalid(path, $"{mac} is no address; leave it out to have one chosen.");
        }
        else if (octets[0] == 0xFE)
        {
            findings.Invalid(path, $"{mac} begins with fe, which libvirt keeps for the host's side of the interface; use 52 or leave it out.");
        }
        else if (!macs.Add(mac))
        {
            findings.Invalid(path, $"{mac} is the address of another interface of this VM.");
        }
    }

    private static byte[]? OctetsOf(string mac)
    {
        var parts = mac.Length == 17 ? mac.Split(':') : [];
        var octets = new byte[6];
        for (var i = 0; i < octets.Length; i++)
        {
            if (parts.Length != octets.Length || parts[i].Length != 2
                || !byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out octets[i]))
            {
                return null;
            }
        }

        return octets;
    }
}

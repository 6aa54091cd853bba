using System.Globalization;

namespace Berth.Api;

/// <summary>What stands against a VirtualNetwork: values that cannot work, and fields that this version does not carry out.</summary>
public static class VirtualNetworkValidation
{
    private const string SubnetField = "spec.subnet";
    private static readonly string[] OtherModes = ["route", "isolated", "bridge", "macvtap", "user"];

    // Names with a meaning of their own below /proc/sys/net, and the loopback interface.
    private static readonly string[] ReservedBridges = ["lo", "all", "default"];

    /// <summary>All findings, at most 50; none when the network can be made. Never throws.</summary>
    public static IReadOnlyList<FieldFinding> Check(VirtualNetwork? network)
    {
        var findings = new FieldFindings();
        findings.Unknown(network?.UnknownFields);
        findings.ObjectName("metadata.name", network?.Metadata?.Name, "a VirtualNetwork", required: true);
        if (network?.Spec is not { } spec)
        {
            findings.Invalid("spec", "is missing.");
            return findings.All;
        }

        findings.Carried("spec.mode", spec.Mode, ["nat"], OtherModes);
        if (spec.Mode == "nat" || !string.IsNullOrEmpty(spec.Subnet))
        {
            CheckSubnet(spec, findings);
        }

        if (!string.IsNullOrEmpty(spec.Bridge))
        {
            CheckBridge(spec.Bridge, findings);
        }

        findings.Labels("spec.nodeSelector", spec.NodeSelector);
        findings.Namespaces("spec.allowedNamespaces", spec.AllowedNamespaces);
        return findings.All;
    }

    private static void CheckSubnet(VirtualNetworkSpec spec, FieldFindings findings)
    {
        if (string.IsNullOrEmpty(spec.Subnet))
        {
            findings.Invalid(SubnetField, "is missing; give an IPv4 subnet such as 192.168.150.0/24.");
        }
        else if (!TryParseSubnet(spec.Subnet, out var address, out var prefix))
        {
            findings.Invalid(SubnetField, $"{FieldText.Quoted(spec.Subnet)} is not an IPv4 subnet such as 192.168.150.0/24.");
        }
        else if (prefix is < 8 or > 30)
        {
            findings.Invalid(SubnetField, $"/{prefix} is not a prefix between /8 and /30.");
        }
        else if ((address & ~Mask(prefix)) != 0)
        {
            findings.Invalid(SubnetField, $"{spec.Subnet} is not the subnet's own address; write {Ipv4.Format(address & Mask(prefix))}/{prefix}.");
        }
        else if ((address >> 24) is 0 or 127 or >= 224 || address >> 16 == 0xA9FE)
        {
            findings.Invalid(SubnetField, $"{spec.Subnet} is loopback, link-local, multicast or reserved; use a private subnet such as 192.168.150.0/24.");
        }
        else
        {
            CheckDhcp(spec.Dhcp, address, prefix, findings);
        }
    }

    private static void CheckDhcp(DhcpRange? dhcp, uint subnet, int prefix, FieldFindings findings)
    {
        if (dhcp is null)
        {
            return;
        }

        var (gateway, broadcast) = (subnet + 1, subnet | ~Mask(prefix));
        var hasStart = CheckAddress("spec.dhcp.start", dhcp.Start, gateway + 1, broadcast - 1, findings, out var start);
        var hasEnd = CheckAddress("spec.dhcp.end", dhcp.End, gateway + 1, broadcast - 1, findings, out var end);
        if (!hasStart || !hasEnd)
        {
            return;
        }

        if (start > end)
        {
            findings.Invalid("spec.dhcp.end", $"{dhcp.End} is below the start, {dhcp.Start}.");
        }
        else if (start >> 16 != end >> 16)
        {
            findings.Invalid("spec.dhcp", $"{dhcp.Start} to {dhcp.End} is more than libvirt gives out; both must share their first two numbers.");
        }
    }

    private static bool CheckAddress(string field, string? text, uint first, uint last, FieldFindings findings, out uint address)
    {
        if (!Ipv4.TryParse(text, out address))
        {
            findings.Invalid(field, $"{FieldText.Quoted(text)} is not an IPv4 address.");
            return false;
        }

        if (address < first || address > last)
        {
            findings.Invalid(field, $"{text} is not between {Ipv4.Format(first)} and {Ipv4.Format(last)}: the subnet without its own address, the node's and the broadcast address.");
            return false;
        }

        return true;
    }

    private static void CheckBridge(string bridge, FieldFindings findings)
    {
        if (bridge.Length > 15 || !FieldText.IsWord(bridge))
        {
            findings.Invalid("spec.bridge", $"{FieldText.Quoted(bridge)} is not the name of a bridge: at most 15 letters, digits, '.', '_' and '-', first a letter or digit.");
        }
        else if (ReservedBridges.Contains(bridge))
        {
            findings.Invalid("spec.bridge", $"{FieldText.Quoted(bridge)} has a meaning of its own on the node; choose another name.");
        }
    }

    private static bool TryParseSubnet(string text, out uint address, out int prefix)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        (address, prefix) = (0, 0);
        return slash > 0
            && Ipv4.TryParse(text.AsSpan(0, slash), out address)
            && text.Length - slash is 2 or 3 && text[slash + 1] != '0'
            && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefix)
            && prefix <= 32;
    }

    private static uint Mask(int prefix) => uint.MaxValue << (32 - prefix);
}

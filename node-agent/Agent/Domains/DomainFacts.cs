using System.Globalization;
using System.Xml.Linq;

namespace Berth.NodeAgent.Domains;

/// <summary>What matters of a domain's XML, whoever wrote it: ours and libvirt's elaborate form of the same domain give equal facts.</summary>
internal sealed record DomainFacts
{
    /// <summary>Name of the domain.</summary>
    public required string Name { get; init; }

    /// <summary>UUID of the domain; <see cref="Guid.Empty"/> when the text has none.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whose the domain is; null when it is not ours.</summary>
    public DomainOwner? Owner { get; init; }

    /// <summary>libvirt's type: kvm or qemu.</summary>
    public required string Type { get; init; }

    /// <summary>Machine type.</summary>
    public string? MachineType { get; init; }

    /// <summary>Memory in KiB.</summary>
    public long MemoryKibibytes { get; init; }

    /// <summary>CPU model and mode in one text, with topology and features.</summary>
    public required CpuFacts Cpu { get; init; }

    /// <summary>Kernel, initrd and command line, as far as there are any.</summary>
    public DomainKernel? Kernel { get; init; }

    /// <summary>Disks by device name; the seed is one of them.</summary>
    public IReadOnlyList<DiskFacts> Disks { get; init; } = [];

    /// <summary>Interfaces in their order.</summary>
    public IReadOnlyList<InterfaceFacts> Interfaces { get; init; } = [];

    /// <summary>Reads a domain's XML.</summary>
    /// <exception cref="System.Xml.XmlException">The text is not XML.</exception>
    public static DomainFacts Parse(string xml)
    {
        var domain = XElement.Parse(xml);
        var os = domain.Element("os");
        return new DomainFacts
        {
            Name = domain.Element("name")?.Value ?? "",
            Id = Guid.TryParse(domain.Element("uuid")?.Value, out var id) ? id : Guid.Empty,
            Owner = MetadataXml.Read(domain),
            Type = Attribute(domain, "type") ?? "",
            MachineType = Attribute(os?.Element("type"), "machine"),
            MemoryKibibytes = KibibytesOf(domain.Element("memory")),
            Cpu = CpuOf(domain),
            Kernel = KernelOf(os),
            // libvirt groups disks by bus: their order says nothing.
            Disks = [.. Devices(domain, "disk").Select(DiskOf).OrderBy(disk => disk.Target, StringComparer.Ordinal)],
            Interfaces = [.. Devices(domain, "interface").Select(InterfaceOf)],
        };
    }

    private static IEnumerable<XElement> Devices(XElement domain, string name) => domain.Element("devices")?.Elements(name) ?? [];

    private static CpuFacts CpuOf(XElement domain)
    {
        var cpu = domain.Element("cpu");
        var topology = cpu?.Element("topology");
        return new CpuFacts(
            Number(domain.Element("vcpu")?.Value),
            $"{Attribute(topology, "sockets") ?? "1"}x{Attribute(topology, "cores") ?? "1"}x{Attribute(topology, "threads") ?? "1"}",
            cpu?.Element("model")?.Value is { Length: > 0 } model ? model : Attribute(cpu, "mode") ?? "",
            string.Join(',', (cpu?.Elements("feature") ?? []).Select(feature => $"{Attribute(feature, "name")}={Attribute(feature, "policy") ?? "require"}").Order(StringComparer.Ordinal)));
    }

    private static DomainKernel? KernelOf(XElement? os) => os?.Element("kernel")?.Value is { Length: > 0 } kernel
        ? new DomainKernel(kernel, os.Element("initrd")?.Value, os.Element("cmdline")?.Value is { Length: > 0 } cmdline ? cmdline : null)
        : null;

    private static DiskFacts DiskOf(XElement disk) => new(
        disk.Element("serial")?.Value ?? "",
        Attribute(disk.Element("target"), "dev") ?? "",
        Attribute(disk.Element("target"), "bus") ?? "",
        Attribute(disk, "device") ?? "disk",
        Attribute(disk.Element("source"), "file") ?? "",
        (int)Number(Attribute(disk.Element("boot"), "order")));

    private static InterfaceFacts InterfaceOf(XElement card) => new(
        (Attribute(card.Element("mac"), "address") ?? "").ToLowerInvariant(),
        Attribute(card.Element("source"), "network") ?? "",
        Attribute(card.Element("model"), "type") ?? "");

    private static long KibibytesOf(XElement? memory) => Number(memory?.Value) * (Attribute(memory, "unit") ?? "KiB") switch
    {
        "KiB" or "k" or "K" => 1,
        "MiB" or "M" => 1024,
        "GiB" or "G" => 1024 * 1024,
        _ => 0,
    };

    private static string? Attribute(XElement? element, string name) => element?.Attribute(name)?.Value;

    private static long Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;
}

/// <summary>Virtual CPUs of a domain.</summary>
internal sealed record CpuFacts(long Count, string Topology, string Model, string Features);

/// <summary>A disk of a domain; <paramref name="BootOrder"/> is 0 when it is not booted from.</summary>
internal sealed record DiskFacts(string Serial, string Target, string Bus, string Device, string Source, int BootOrder);

/// <summary>An interface of a domain.</summary>
internal sealed record InterfaceFacts(string Mac, string Network, string Model);

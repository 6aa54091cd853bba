using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Berth.NodeAgent.Domains;

/// <summary>The element in a domain's metadata that makes it ours. It is all that an agent remembers of a running guest.</summary>
internal static class MetadataXml
{
    /// <summary>XML namespace of the element.</summary>
    public const string Namespace = "https://berth.dev/domain/1";

    /// <summary>Prefix of the XML namespace.</summary>
    public const string Prefix = "berth";

    private const string ElementName = "vm";

    private static readonly XName Element = XName.Get(ElementName, Namespace);

    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("metadata");
        xml.WriteStartElement(Prefix, ElementName, Namespace);
        WriteAttributes(xml, input.Owner);
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    /// <summary>The element alone, as libvirt's call that sets metadata wants it: libvirt itself puts it into the namespace.</summary>
    public static string ElementOf(DomainOwner owner) => DomainXml.Document(xml =>
    {
        xml.WriteStartElement(ElementName);
        WriteAttributes(xml, owner);
        xml.WriteEndElement();
    });

    /// <summary>Reads whose a domain is; null when it carries no element of ours, or one that cannot be read: then it is not ours to touch.</summary>
    public static DomainOwner? Read(XElement domain) => domain.Element("metadata")?.Element(Element) is { } element ? ReadOwner(element) : null;

    private static DomainOwner? ReadOwner(XElement element)
    {
        var (vmNamespace, name, uid, cluster) = (Text(element, "namespace"), Text(element, "name"), Text(element, "uid"), Text(element, "cluster"));
        if (vmNamespace is null || name is null || uid is null || cluster is null
            || !int.TryParse(Text(element, "version"), CultureInfo.InvariantCulture, out var version)
            || !long.TryParse(Text(element, "epoch"), CultureInfo.InvariantCulture, out var epoch))
        {
            return null;
        }

        return new DomainOwner
        {
            Version = version,
            Namespace = vmNamespace,
            Name = name,
            Uid = uid,
            Cluster = cluster,
            Epoch = epoch,
            RestartedAt = Time(element, "restartedAt"),
            StartedAt = Time(element, "startedAt"),
            SeedDigest = Text(element, "seed"),
        };
    }

    private static void WriteAttributes(XmlWriter xml, DomainOwner owner)
    {
        xml.WriteAttributeString("version", owner.Version.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("namespace", owner.Namespace);
        xml.WriteAttributeString("name", owner.Name);
        xml.WriteAttributeString("uid", owner.Uid);
        xml.WriteAttributeString("cluster", owner.Cluster);
        xml.WriteAttributeString("epoch", owner.Epoch.ToString(CultureInfo.InvariantCulture));
        WriteTime(xml, "startedAt", owner.StartedAt);
        WriteTime(xml, "restartedAt", owner.RestartedAt);
        if (owner.SeedDigest is { } seed)
        {
            xml.WriteAttributeString("seed", seed);
        }
    }

    private static void WriteTime(XmlWriter xml, string name, DateTimeOffset? time)
    {
        if (time is { } value)
        {
            xml.WriteAttributeString(name, value.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        }
    }

    private static string? Text(XElement element, string name) => element.Attribute(name)?.Value;

    private static DateTimeOffset? Time(XElement element, string name) =>
        DateTimeOffset.TryParse(Text(element, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}

using System.Globalization;
using System.Text;
using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Writes one concern of a domain.</summary>
internal delegate void DomainXmlPart(XmlWriter xml, DomainInput input);

/// <summary>The XML of a domain: a list of concerns. All text goes through the XML writer, so nothing that a user writes can become an element.</summary>
internal static class DomainXml
{
    private static readonly DomainXmlPart[] Parts =
    [
        IdentityXml.Write,
        MetadataXml.Write,
        MemoryXml.Write,
        ResourceXml.Write,
        CpuXml.Write,
        SystemInfoXml.Write,
        OsXml.Write,
        FeaturesXml.Write,
        ClockXml.Write,
        LifecycleXml.Write,
    ];

    private static readonly DomainXmlPart[] Devices =
    [
        DisksXml.Write,
        ControllersXml.Write,
        InterfacesXml.Write,
        ConsoleXml.Write,
        GuestAgentXml.Write,
        BalloonXml.Write,
        RngXml.Write,
        PanicXml.Write,
    ];

    /// <summary>The document that libvirt is asked to define.</summary>
    public static string Of(DomainInput input) => Document(xml =>
    {
        xml.WriteStartElement("domain");
        xml.WriteAttributeString("type", input.IsEmulated ? "qemu" : "kvm");
        WriteAll(xml, input, Parts);
        xml.WriteStartElement("devices");
        WriteAll(xml, input, Devices);
        xml.WriteEndElement();
        xml.WriteEndElement();
    });

    /// <summary>An XML text without declaration, indented by two spaces.</summary>
    internal static string Document(Action<XmlWriter> write)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, NewLineChars = "\n" }))
        {
            write(xml);
        }

        return text.Append('\n').ToString();
    }

    /// <summary>One element with attributes and no content.</summary>
    internal static void WriteEmpty(this XmlWriter xml, string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        xml.WriteStartElement(name);
        foreach (var (attribute, value) in attributes)
        {
            xml.WriteAttributeString(attribute, value);
        }

        xml.WriteEndElement();
    }

    /// <summary>A number as XML has it.</summary>
    internal static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void WriteAll(XmlWriter xml, DomainInput input, DomainXmlPart[] parts)
    {
        foreach (var write in parts)
        {
            write(xml, input);
        }
    }
}

using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The serial console, always there, and copied to a log on the node.</summary>
internal static class ConsoleXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("serial");
        xml.WriteAttributeString("type", "pty");
        // Appending also makes it safe to shorten the file while QEMU writes to it.
        xml.WriteEmpty("log", ("file", input.ConsoleLog), ("append", "on"));
        xml.WriteEmpty("target", ("type", "isa-serial"), ("port", "0"));
        xml.WriteEndElement();
        xml.WriteStartElement("console");
        xml.WriteAttributeString("type", "pty");
        xml.WriteEmpty("target", ("type", "serial"), ("port", "0"));
        xml.WriteEndElement();
    }
}

using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>A source of randomness, without which a fresh guest may wait minutes for its first keys.</summary>
internal static class RngXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("rng");
        xml.WriteAttributeString("model", "virtio");
        xml.WriteStartElement("backend");
        xml.WriteAttributeString("model", "random");
        xml.WriteString("/dev/urandom");
        xml.WriteEndElement();
        xml.WriteEndElement();
    }
}

using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Network interfaces.</summary>
internal static class InterfacesXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        foreach (var card in input.Interfaces)
        {
            xml.WriteStartElement("interface");
            xml.WriteAttributeString("type", "network");
            xml.WriteEmpty("mac", ("address", card.Mac));
            xml.WriteEmpty("source", ("network", card.Network));
            xml.WriteEmpty("model", ("type", card.Model));
            xml.WriteEndElement();
        }
    }
}

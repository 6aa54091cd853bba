using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The channel of the QEMU guest agent, for guests that run one.</summary>
internal static class GuestAgentXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("channel");
        xml.WriteAttributeString("type", "unix");
        xml.WriteEmpty("target", ("type", "virtio"), ("name", "org.qemu.guest_agent.0"));
        xml.WriteEndElement();
    }
}

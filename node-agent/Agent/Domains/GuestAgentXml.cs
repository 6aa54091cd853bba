using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The channel of the QEMU guest agent, for guests that run one.</summary>
internal static class GuestAgentXml
{
    /// <summary>The name by which agents in guests look for the channel.</summary>
    public const string ChannelName = "org.qemu.guest_agent.0";

    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("channel");
        xml.WriteAttributeString("type", "unix");
        xml.WriteEmpty("target", ("type", "virtio"), ("name", ChannelName));
        xml.WriteEndElement();
    }
}

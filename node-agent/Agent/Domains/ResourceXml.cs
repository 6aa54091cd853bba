using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The control group that the domain's own is made in; without it, where libvirt always puts domains.</summary>
internal static class ResourceXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        if (input.Partition is { } partition)
        {
            xml.WriteStartElement("resource");
            xml.WriteElementString("partition", partition);
            xml.WriteEndElement();
        }
    }
}

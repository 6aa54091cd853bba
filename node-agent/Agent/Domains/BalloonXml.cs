using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The memory balloon, which also gives pages back that the guest has freed.</summary>
internal static class BalloonXml
{
    // In seconds. Without it QEMU never asks the guest how it uses its memory.
    private const string StatisticsPeriod = "10";

    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("memballoon");
        xml.WriteAttributeString("model", "virtio");
        xml.WriteAttributeString("freePageReporting", "on");
        xml.WriteEmpty("stats", ("period", StatisticsPeriod));
        xml.WriteEndElement();
    }
}

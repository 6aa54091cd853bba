using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The memory balloon, which also gives pages back that the guest has freed.</summary>
internal static class BalloonXml
{
    public static void Write(XmlWriter xml, DomainInput input) =>
        xml.WriteEmpty("memballoon", ("model", "virtio"), ("freePageReporting", "on"));
}

using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>What libvirt does when the guest ends by itself. It never starts a domain again: that is the agent's to decide, after it has asked the API server whose turn it is.</summary>
internal static class LifecycleXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteElementString("on_poweroff", "destroy");
        xml.WriteElementString("on_reboot", "restart");
        xml.WriteElementString("on_crash", "destroy");
    }
}

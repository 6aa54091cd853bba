using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>What the guest reads from SMBIOS: the VM's UID as the system's UUID and serial number, by which software inside can tell which VM it is in.</summary>
internal static class SystemInfoXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("sysinfo");
        xml.WriteAttributeString("type", "smbios");
        xml.WriteStartElement("system");
        WriteEntry(xml, "manufacturer", "Berth");
        WriteEntry(xml, "product", "VirtualMachine");
        WriteEntry(xml, "serial", input.Id.ToString());
        WriteEntry(xml, "uuid", input.Id.ToString());
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void WriteEntry(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("entry");
        xml.WriteAttributeString("name", name);
        xml.WriteString(value);
        xml.WriteEndElement();
    }
}

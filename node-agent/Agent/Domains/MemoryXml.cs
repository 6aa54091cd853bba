using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Memory that the guest has from its start.</summary>
internal static class MemoryXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        var kibibytes = DomainXml.Text(input.Spec.Memory.Size.ToInt64() / 1024);
        foreach (var name in (ReadOnlySpan<string>)["memory", "currentMemory"])
        {
            xml.WriteStartElement(name);
            xml.WriteAttributeString("unit", "KiB");
            xml.WriteString(kibibytes);
            xml.WriteEndElement();
        }
    }
}

using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Features of the platform. ACPI is what lets a guest be asked to shut down.</summary>
internal static class FeaturesXml
{
    /// <summary>Translation cache of an emulated CPU: QEMU's own default takes up to a gigabyte of the host, far more than a small guest's memory.</summary>
    private const string TranslationCacheMebibytes = "32";

    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("features");
        xml.WriteEmpty("acpi");
        xml.WriteEmpty("apic");
        if (input.IsEmulated)
        {
            xml.WriteStartElement("tcg");
            xml.WriteStartElement("tb-cache");
            xml.WriteAttributeString("unit", "MiB");
            xml.WriteString(TranslationCacheMebibytes);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }
}

using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The guest's clock: UTC, and timers that keep a busy guest's time right.</summary>
internal static class ClockXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("clock");
        xml.WriteAttributeString("offset", "utc");
        xml.WriteEmpty("timer", ("name", "rtc"), ("tickpolicy", "catchup"));
        xml.WriteEmpty("timer", ("name", "pit"), ("tickpolicy", "delay"));
        xml.WriteEmpty("timer", ("name", "hpet"), ("present", "no"));
        xml.WriteEndElement();
    }
}

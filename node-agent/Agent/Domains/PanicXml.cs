using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>The device by which a guest kernel says that it has panicked, so that restartPolicy can tell a crash from a shutdown.</summary>
internal static class PanicXml
{
    public static void Write(XmlWriter xml, DomainInput input) => xml.WriteEmpty("panic", ("model", "isa"));
}

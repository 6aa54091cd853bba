using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Name and UUID of the domain.</summary>
internal static class IdentityXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteElementString("name", input.Name);
        xml.WriteElementString("uuid", input.Id.ToString());
    }
}

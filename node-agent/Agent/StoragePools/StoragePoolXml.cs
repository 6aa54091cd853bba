using System.Xml.Linq;

namespace Berth.NodeAgent.StoragePools;

/// <summary>libvirt's definition of a <c>dir</c> pool.</summary>
internal static class StoragePoolXml
{
    private const string Prefix = "berth-";

    /// <summary>Name that the pool has in libvirt.</summary>
    public static string NameOf(string pool) => Prefix + pool;

    /// <summary>Name of the StoragePool behind a libvirt pool's name; null when the name is not of our making.</summary>
    public static string? PoolOf(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;

    public static string Of(string pool, Guid uid, string target) =>
        new XElement("pool", new XAttribute("type", "dir"),
            new XElement("name", NameOf(pool)),
            new XElement("uuid", uid),
            new XElement("target", new XElement("path", target))).ToString();
}

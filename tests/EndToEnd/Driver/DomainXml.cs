using System.Xml.Linq;
using System.Xml.XPath;

namespace Berth.EndToEnd.Tests;

/// <summary>A domain's XML as libvirt prints it.</summary>
internal sealed record DomainXml(XDocument Root)
{
    public static DomainXml Parse(string text) => new(XDocument.Parse(text));

    /// <summary>The text of the first element or attribute at an XPath; null where there is none.</summary>
    public string? Text(string path) => ((IEnumerable<object>)Root.XPathEvaluate(path)).FirstOrDefault() switch
    {
        XElement element => element.Value,
        XAttribute attribute => attribute.Value,
        _ => null,
    };

    public bool Has(string path) => ((IEnumerable<object>)Root.XPathEvaluate(path)).Any();

    public override string ToString() => Root.ToString();
}

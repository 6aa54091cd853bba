using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Berth.Generator;

/// <summary>The summaries of the types' XML documentation, as plain sentences.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    /// <summary>Reads the documentation file beside each assembly.</summary>
    public static XmlDocumentation Beside(params Assembly[] assemblies)
    {
        var documentation = new XmlDocumentation();
        foreach (var assembly in assemblies)
        {
            documentation.Add(XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")));
        }

        return documentation;
    }

    public void Add(XDocument document)
    {
        foreach (var member in document.Descendants("member"))
        {
            _members[member.Attribute("name")?.Value ?? ""] = member;
        }
    }

    /// <summary>The type's summary, or null when it has none.</summary>
    public string? Of(Type type) => Summary("T:" + NameOf(type));

    /// <summary>The property's summary, or null when it has none.</summary>
    public string? Of(PropertyInfo property) =>
        Summary($"P:{NameOf(property.DeclaringType)}.{property.Name}");

    private static string? NameOf(Type? type) =>
        (type?.IsGenericType == true ? type.GetGenericTypeDefinition() : type)?.FullName?.Replace('+', '.');

    private string? Summary(string member)
    {
        if (!_members.TryGetValue(member, out var element) || element.Element("summary") is not { } summary)
        {
            return null;
        }

        var text = new StringBuilder();
        AppendText(summary, text);
        var plain = Spaces().Replace(text.ToString(), " ").Trim();
        return plain.Length == 0 ? null : plain;
    }

    private static void AppendText(XElement element, StringBuilder text)
    {
        foreach (var node in element.Nodes())
        {
            switch (node)
            {
                case XText words:
                    text.Append(words.Value);
                    break;
                case XElement { HasElements: false, Value.Length: 0 } reference:
                    text.Append(NameIn(reference));
                    break;
                case XElement nested:
                    text.Append(nested.Name.LocalName == "para" ? " " : "");
                    AppendText(nested, text);
                    break;
            }
        }
    }

    // <see cref="P:Berth.Api.Memory.Size"/> reads as the field's own name, a type as its name.
    private static string NameIn(XElement reference)
    {
        var target = (reference.Attribute("cref") ?? reference.Attribute("langword") ?? reference.Attribute("name"))?.Value ?? "";
        var name = target[(target.LastIndexOf('.') + 1)..];
        return target.StartsWith("P:", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(name)
            : target.Length > 1 && target[1] == ':' && !target.Contains('.', StringComparison.Ordinal) ? target[2..]
            : name;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

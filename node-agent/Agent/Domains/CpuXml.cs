using System.Xml;
using Berth.Api;

namespace Berth.NodeAgent.Domains;

/// <summary>Virtual CPUs: their number, topology, model and features.</summary>
internal static class CpuXml
{
    /// <summary>What host-model becomes where there is no host CPU to model: the model that QEMU emulates everywhere.</summary>
    public const string EmulatedModel = "qemu64";

    private const string HostModel = "host-model";
    private const string HostPassthrough = "host-passthrough";
    private const string Maximum = "maximum";
    private const string ArchCapabilities = "arch-capabilities";

    public static void Write(XmlWriter xml, DomainInput input)
    {
        var cpu = input.Spec.Cpu ?? new Cpu();
        xml.WriteStartElement("vcpu");
        xml.WriteAttributeString("placement", "static");
        xml.WriteString(DomainXml.Text(cpu.Count()));
        xml.WriteEndElement();

        xml.WriteStartElement("cpu");
        WriteModel(xml, ModelOf(input));
        xml.WriteEmpty("topology", ("sockets", DomainXml.Text(cpu.Sockets)), ("dies", "1"), ("cores", DomainXml.Text(cpu.Cores)), ("threads", DomainXml.Text(cpu.Threads)));
        foreach (var feature in cpu.Features ?? [])
        {
            xml.WriteEmpty("feature", ("policy", feature.Policy ?? "require"), ("name", feature.Name));
        }

        if (HidesArchCapabilities(input, cpu))
        {
            xml.WriteEmpty("feature", ("policy", "disable"), ("name", ArchCapabilities));
        }

        xml.WriteEndElement();
    }

    /// <summary>The CPU model that the guest gets: the spec's, or under emulation what comes nearest to it.</summary>
    public static string ModelOf(DomainInput input) => ((input.Spec.Cpu ?? new Cpu()).Model, input.IsEmulated) switch
    {
        (HostModel, true) => EmulatedModel,
        (HostPassthrough, true) => Maximum,
        var (model, _) => model,
    };

    // KVM offers this feature on every host, but only Intel's CPUs have the register behind it: elsewhere some guests crash
    // on it, and some hosts refuse to set it, so that QEMU does not start at all.
    private static bool HidesArchCapabilities(DomainInput input, Cpu cpu) =>
        !input.IsEmulated && !input.HostIsIntel
        && ModelOf(input) is (HostModel or HostPassthrough or Maximum)
        && cpu.Features?.Any(feature => feature.Name == ArchCapabilities) != true;

    private static void WriteModel(XmlWriter xml, string model)
    {
        switch (model)
        {
            case HostPassthrough:
                xml.WriteAttributeString("mode", model);
                xml.WriteAttributeString("check", "none");
                xml.WriteAttributeString("migratable", "on");
                break;
            case HostModel:
                xml.WriteAttributeString("mode", model);
                xml.WriteAttributeString("check", "partial");
                break;
            case Maximum:
                xml.WriteAttributeString("mode", model);
                xml.WriteAttributeString("check", "none");
                xml.WriteAttributeString("migratable", "on");
                break;
            default:
                xml.WriteAttributeString("mode", "custom");
                xml.WriteAttributeString("match", "exact");
                xml.WriteAttributeString("check", "none");
                xml.WriteStartElement("model");
                xml.WriteAttributeString("fallback", "forbid");
                xml.WriteString(model);
                xml.WriteEndElement();
                break;
        }
    }
}

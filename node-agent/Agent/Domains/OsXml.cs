using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Machine type and boot. Disks carry their own place in the boot order.</summary>
internal static class OsXml
{
    /// <summary>Machine of a VM that has never run. libvirt resolves it to a versioned one, which is kept.</summary>
    public const string DefaultMachine = "q35";

    public static void Write(XmlWriter xml, DomainInput input)
    {
        xml.WriteStartElement("os");
        xml.WriteStartElement("type");
        xml.WriteAttributeString("arch", "x86_64");
        xml.WriteAttributeString("machine", input.MachineType ?? DefaultMachine);
        xml.WriteString("hvm");
        xml.WriteEndElement();
        if (input.Kernel is { } kernel)
        {
            WriteKernel(xml, kernel);
        }

        xml.WriteEmpty("smbios", ("mode", "sysinfo"));
        xml.WriteEndElement();
    }

    private static void WriteKernel(XmlWriter xml, DomainKernel kernel)
    {
        xml.WriteElementString("kernel", kernel.KernelPath);
        if (kernel.InitrdPath is { } initrd)
        {
            xml.WriteElementString("initrd", initrd);
        }

        if (kernel.CommandLine is { Length: > 0 } commandLine)
        {
            xml.WriteElementString("cmdline", commandLine);
        }
    }
}

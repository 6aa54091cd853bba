using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Disks and CD-ROM drives, and the cloud-init seed after them, so that it never shifts a disk's name.</summary>
internal static class DisksXml
{
    /// <summary>Serial number of the seed's disk.</summary>
    public const string SeedSerial = "cidata";

    public static void Write(XmlWriter xml, DomainInput input)
    {
        foreach (var disk in input.Disks)
        {
            WriteDisk(xml, disk);
        }

        if (input.SeedPath is { } seed)
        {
            WriteSeed(xml, seed, DiskTargets.Name("vd", input.Disks.Count(disk => disk.Bus == DiskBuses.Virtio)));
        }
    }

    private static void WriteDisk(XmlWriter xml, DomainDisk disk)
    {
        xml.WriteStartElement("disk");
        xml.WriteAttributeString("type", "file");
        xml.WriteAttributeString("device", disk.IsCdrom ? "cdrom" : "disk");
        WriteDriver(xml, disk);
        xml.WriteEmpty("source", ("file", disk.Path));
        xml.WriteEmpty("target", ("dev", disk.Target), ("bus", disk.Bus));
        if (disk.IsCdrom)
        {
            xml.WriteEmpty("readonly");
        }

        xml.WriteElementString("serial", disk.Name);
        if (disk.BootOrder is { } order)
        {
            xml.WriteEmpty("boot", ("order", DomainXml.Text(order)));
        }

        xml.WriteEndElement();
    }

    private static void WriteDriver(XmlWriter xml, DomainDisk disk)
    {
        xml.WriteStartElement("driver");
        xml.WriteAttributeString("name", "qemu");
        xml.WriteAttributeString("type", disk.Format);
        if (disk.DirectIo)
        {
            // Past the host's page cache: the guest has one already, and only so is a disk safe to migrate.
            xml.WriteAttributeString("cache", "none");
            xml.WriteAttributeString("io", "native");
        }

        if (!disk.IsCdrom)
        {
            xml.WriteAttributeString("discard", "unmap");
        }

        xml.WriteEndElement();
    }

    // A disk and not a CD-ROM drive: every cloud image has the driver for it, many have none for a drive.
    private static void WriteSeed(XmlWriter xml, string path, string target)
    {
        xml.WriteStartElement("disk");
        xml.WriteAttributeString("type", "file");
        xml.WriteAttributeString("device", "disk");
        xml.WriteEmpty("driver", ("name", "qemu"), ("type", "raw"));
        xml.WriteEmpty("source", ("file", path));
        xml.WriteEmpty("target", ("dev", target), ("bus", DiskBuses.Virtio));
        xml.WriteEmpty("readonly");
        xml.WriteElementString("serial", SeedSerial);
        xml.WriteEndElement();
    }
}

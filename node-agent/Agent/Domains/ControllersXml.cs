using System.Xml;

namespace Berth.NodeAgent.Domains;

/// <summary>Controllers that libvirt would not choose so by itself: virtio-scsi for scsi disks, and no USB, which a server guest has no use for and pays for with memory and wake-ups.</summary>
internal static class ControllersXml
{
    public static void Write(XmlWriter xml, DomainInput input)
    {
        if (input.Disks.Any(disk => disk.Bus == DiskBuses.Scsi))
        {
            xml.WriteEmpty("controller", ("type", "scsi"), ("index", "0"), ("model", "virtio-scsi"));
        }

        xml.WriteEmpty("controller", ("type", "usb"), ("index", "0"), ("model", "none"));
    }
}

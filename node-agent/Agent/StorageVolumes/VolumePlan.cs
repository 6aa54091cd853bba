using System.Xml.Linq;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>The file that a StorageVolume asks for.</summary>
/// <param name="Name">Name of the file: it says whose it is, and no two objects ever share one.</param>
/// <param name="Capacity">Size of the disk in bytes.</param>
/// <param name="Format">qcow2 or raw.</param>
/// <param name="IsFull">All space is taken at once.</param>
/// <param name="Backing">The image's copy that it is built upon, or null.</param>
internal sealed record VolumePlan(string Name, long Capacity, string Format, bool IsFull, ImageCopy.Available? Backing)
{
    private const long Sector = 512;
    private const int UidLength = 8;

    /// <summary>Name of the volume's file.</summary>
    public static string NameOf(StorageVolume volume) => $"{volume.Namespace()}.{volume.Name()}.{volume.Uid()[..UidLength]}";

    /// <summary>Name of the file while it is being made: nothing under the final name is ever unfinished.</summary>
    public static string DraftNameOf(StorageVolume volume) => $".volume-{volume.Uid()}";

    /// <summary>Name of the empty file that says that the volume was made.</summary>
    public static string RecordNameOf(StorageVolume volume) => $".made-{volume.Uid()}";

    /// <summary>Plans the file; a finding says which field stands against it.</summary>
    public static (VolumePlan? Plan, FieldFinding? Finding) Of(StorageVolume volume, ImageCopy.Available? image)
    {
        var spec = volume.Spec;
        var smallest = image is null ? 0 : WholeSectors(image.VirtualSize);
        if ((spec.Size?.ToInt64() ?? smallest) is var size && size <= 0)
        {
            return (null, FieldFinding.Invalid("spec.size", "is missing; a volume without an image needs a size, such as 20Gi."));
        }

        // QEMU would cut the image off: the guest's file system would end in the middle.
        return WholeSectors(size) < smallest
            ? (null, FieldFinding.Invalid("spec.size", $"{spec.Size} is smaller than the image, which has {smallest} bytes ({Quantity.FromBytes(smallest)})."))
            : (new VolumePlan(NameOf(volume), WholeSectors(size), spec.Format, spec.Allocation == "full", image), null);
    }

    /// <summary>libvirt's definition of the file under the given name.</summary>
    public string ToXml(string name) =>
        new XElement("volume",
            new XElement("name", name),
            new XElement("capacity", new XAttribute("unit", "bytes"), Capacity),
            new XElement("allocation", new XAttribute("unit", "bytes"), IsFull ? Capacity : 0),
            new XElement("target",
                new XElement("format", new XAttribute("type", Format)),
                new XElement("permissions", new XElement("mode", "0600"))),
            Backing is null ? null : new XElement("backingStore",
                new XElement("path", Backing.Path),
                new XElement("format", new XAttribute("type", Backing.Format)))).ToString();

    private static long WholeSectors(long bytes) => checked((bytes + Sector - 1) / Sector * Sector);
}

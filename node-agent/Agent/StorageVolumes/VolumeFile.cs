using Berth.NodeAgent.Images;
using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.StorageVolumes;

/// <summary>A volume's file as it is found in its pool; its capacity in bytes is that of the disk, by the header where it is qcow2.</summary>
internal sealed record VolumeFile(string Path, string Format, long Capacity, string? Backing)
{
    /// <summary>Looks at a file; null when there is none of that name.</summary>
    /// <exception cref="InvalidDataException">There is one that is no volume of this format.</exception>
    public static VolumeFile? Find(string path, string format)
    {
        try
        {
            using var file = Posix.OpenRead(path);
            var facts = Posix.Describe(file);
            if (facts.Kind != FileKind.Regular)
            {
                throw new InvalidDataException("it is not a regular file");
            }

            if (format != "qcow2")
            {
                return new VolumeFile(path, format, facts.Size, Backing: null);
            }

            var header = BackingFiles.ReadHeader(path) ?? throw new InvalidDataException("it is not a qcow2 file");
            return new VolumeFile(path, format, header.VirtualSize, header.BackingFile);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>True when this can be what the plan once made; it may have grown since.</summary>
    public bool Fits(VolumePlan plan) => Capacity >= plan.Capacity && Backing == plan.Backing?.Path;
}

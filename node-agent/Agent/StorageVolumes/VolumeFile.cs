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
            return header.HasDataFile ? throw new InvalidDataException("it keeps its data in another file")
                : header.BackingFile is { } backing && !IsCopyBeside(path, backing) ? throw new InvalidDataException("it is built upon a file that is no image of its pool")
                : new VolumeFile(path, format, header.VirtualSize, header.BackingFile);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (SymbolicLinkException exception)
        {
            throw new InvalidDataException("it is a symbolic link", exception);
        }
    }

    // Guests cannot write a header; whoever else could would have QEMU open any file of the host.
    private static bool IsCopyBeside(string path, string backing) =>
        System.IO.Path.GetDirectoryName(backing) == System.IO.Path.GetDirectoryName(path)
        && ImageFolder.DigestOf(System.IO.Path.GetFileName(backing)) is not null;

    /// <summary>True when this can be what the plan once made; it may have grown since.</summary>
    public bool Fits(VolumePlan plan) => Capacity >= plan.Capacity && Backing == plan.Backing?.Path;
}

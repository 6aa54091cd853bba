using Berth.Api;
using Microsoft.Win32.SafeHandles;

namespace Berth.NodeAgent.Images;

/// <summary>What was found in an image's content.</summary>
/// <param name="Format">qcow2 or raw.</param>
/// <param name="VirtualSize">Size of the disk in the image, in bytes; the file's size when it is raw.</param>
internal sealed record ImageFindings(string Format, long VirtualSize);

/// <summary>Looks into an image's content before it becomes a copy: finds its format, and refuses what is not what the type says or would make QEMU open other files.</summary>
internal static class ImageInspection
{
    private const int IsoDescriptor = 0x8001;

    // As for disks that a spec asks for.
    private const long MaxDiskSize = 1L << 50;

    private static readonly (byte[] Magic, string Name)[] Compressed =
    [
        ([0x1F, 0x8B], "gzip"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
        ("BZh"u8.ToArray(), "bzip2"), ("PK\x03\x04"u8.ToArray(), "zip"), ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z"),
    ];

    private static readonly (int Offset, byte[] Magic, string Name)[] OtherDisks =
    [
        (0, "KDMV"u8.ToArray(), "VMDK"), (0, "# Disk DescriptorFile"u8.ToArray(), "VMDK"), (0, "vhdxfile"u8.ToArray(), "VHDX"),
        (0, "conectix"u8.ToArray(), "VHD"), (0, "QED\0"u8.ToArray(), "QED"), (0, "LUKS"u8.ToArray(), "LUKS"), (64, [0x7F, 0x10, 0xDA, 0xBE], "VDI"),
    ];

    /// <summary>Reads what it needs of the open <paramref name="file"/>.</summary>
    /// <exception cref="ImageFetchException">The content is refused.</exception>
    public static ImageFindings Inspect(SafeFileHandle file, string type)
    {
        var size = RandomAccess.GetLength(file);
        if (size == 0)
        {
            throw Invalid("The content is empty.");
        }

        var prefix = Read(file, 0, Qcow2Header.Prefix);
        if (IsWebPage(prefix))
        {
            throw Invalid("The content is a web page; is the URL the one of the file itself?");
        }

        return type switch
        {
            ImageTypes.Disk => InspectDisk(prefix, size),
            ImageTypes.Iso => InspectIso(file, size),
            _ => new ImageFindings("raw", size),
        };
    }

    private static ImageFindings InspectDisk(ReadOnlySpan<byte> prefix, long size)
    {
        if (Qcow2Header.IsQcow2(prefix))
        {
            return new ImageFindings("qcow2", CheckQcow2(prefix).VirtualSize);
        }

        foreach (var (magic, name) in Compressed)
        {
            if (prefix.StartsWith(magic))
            {
                throw Invalid($"The content is compressed ({name}); images are not decompressed: publish the file itself.");
            }
        }

        foreach (var (offset, magic, name) in OtherDisks)
        {
            if (prefix.Length > offset && prefix[offset..].StartsWith(magic))
            {
                throw Invalid($"The content is a {name} disk; convert it to qcow2 or raw.");
            }
        }

        return new ImageFindings("raw", size);
    }

    private static Qcow2Header CheckQcow2(ReadOnlySpan<byte> prefix)
    {
        Qcow2Header header;
        try
        {
            header = Qcow2Header.Parse(prefix);
        }
        catch (InvalidDataException exception)
        {
            throw Invalid($"The content is not a sound qcow2 file: {exception.Message}.", exception);
        }

        // A backing or data file is a path that QEMU would open on the host: the content of /etc/shadow as a disk.
        return header switch
        {
            { BackingFile: not null } => throw Invalid("The qcow2 file names a backing file; an image must stand alone."),
            { HasDataFile: true } => throw Invalid("The qcow2 file keeps its data in another file; an image must stand alone."),
            { IsEncrypted: true } => throw Invalid("The qcow2 file is encrypted."),
            { IsCorrupt: true } => throw Invalid("The qcow2 file is marked corrupt."),
            { VirtualSize: > MaxDiskSize } => throw Invalid($"The qcow2 file declares a disk of {header.VirtualSize} bytes; at most 1Pi is allowed."),
            { UnknownFeatures: not 0 } => throw Invalid($"The qcow2 file uses features that are unknown here (bits 0x{header.UnknownFeatures:x})."),
            _ => header,
        };
    }

    private static ImageFindings InspectIso(SafeFileHandle file, long size) =>
        Read(file, IsoDescriptor, 5).SequenceEqual("CD001"u8)
            ? new ImageFindings("raw", size)
            : throw Invalid("The content is not an ISO 9660 image.");

    private static bool IsWebPage(ReadOnlySpan<byte> prefix)
    {
        var text = System.Text.Encoding.ASCII.GetString(prefix[..Math.Min(prefix.Length, 64)]).TrimStart();
        return text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlySpan<byte> Read(SafeFileHandle file, long offset, int length)
    {
        var buffer = new byte[length];
        var total = 0;
        while (total < length && RandomAccess.Read(file, buffer.AsSpan(total), offset + total) is var read and > 0)
        {
            total += read;
        }

        return buffer.AsSpan(0, total);
    }

    private static ImageFetchException Invalid(string message, Exception? inner = null) => new(ImageReasons.InvalidContent, message, inner);
}

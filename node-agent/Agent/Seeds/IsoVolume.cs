using System.Buffers.Binary;

namespace Berth.NodeAgent.Seeds;

/// <summary>The records of ECMA-119 that an image with one folder needs. Times are left unset, so that equal content gives equal images.</summary>
internal sealed class IsoVolume(string label, int sectors)
{
    private const int SectorSize = 2048;
    private const int PathTableSize = 10;

    /// <summary>A volume descriptor: 1 is the primary, 2 the supplementary one that Joliet uses.</summary>
    public void WriteDescriptor(Span<byte> descriptor, byte type, int root, int pathTable, IsoNames names)
    {
        WriteHead(descriptor, type);
        names.WriteText(descriptor.Slice(8, 32), "");
        names.WriteText(descriptor.Slice(40, 32), label);
        WriteBoth32(descriptor[80..], sectors);
        names.EscapeSequences.CopyTo(descriptor[88..]);
        WriteBoth16(descriptor[120..], 1);
        WriteBoth16(descriptor[124..], 1);
        WriteBoth16(descriptor[128..], SectorSize);
        WriteBoth32(descriptor[132..], PathTableSize);
        BinaryPrimitives.WriteInt32LittleEndian(descriptor[140..], pathTable);
        BinaryPrimitives.WriteInt32BigEndian(descriptor[148..], pathTable + 1);
        WriteEntry(descriptor.Slice(156, 34), [0], root, SectorSize, isFolder: true);
        foreach (var (offset, length) in (ReadOnlySpan<(int, int)>)[(190, 128), (318, 128), (446, 128), (574, 128), (702, 37), (739, 37), (776, 37)])
        {
            names.WriteText(descriptor.Slice(offset, length), "");
        }

        foreach (var offset in (ReadOnlySpan<int>)[813, 830, 847, 864])
        {
            descriptor.Slice(offset, 16).Fill((byte)'0');
        }

        descriptor[881] = 1;
    }

    /// <summary>The descriptor that ends the list of descriptors.</summary>
    public static void WriteTerminator(Span<byte> descriptor) => WriteHead(descriptor, 255);

    /// <summary>Both path tables of a tree that is one folder.</summary>
    public static void WritePathTables(Span<byte> littleEndian, Span<byte> bigEndian, int root)
    {
        littleEndian[0] = bigEndian[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(littleEndian[2..], root);
        BinaryPrimitives.WriteInt32BigEndian(bigEndian[2..], root);
        BinaryPrimitives.WriteInt16LittleEndian(littleEndian[6..], 1);
        BinaryPrimitives.WriteInt16BigEndian(bigEndian[6..], 1);
    }

    /// <summary>A folder's record of a file or folder; returns its length.</summary>
    public static int WriteEntry(Span<byte> entry, ReadOnlySpan<byte> name, int extent, int length, bool isFolder)
    {
        var size = 33 + name.Length + (name.Length % 2 == 0 ? 1 : 0);
        entry[0] = (byte)size;
        WriteBoth32(entry[2..], extent);
        WriteBoth32(entry[10..], length);
        entry[25] = isFolder ? (byte)2 : (byte)0;
        WriteBoth16(entry[28..], 1);
        entry[32] = (byte)name.Length;
        name.CopyTo(entry[33..]);
        return size;
    }

    private static void WriteHead(Span<byte> descriptor, byte type)
    {
        descriptor[0] = type;
        "CD001"u8.CopyTo(descriptor[1..]);
        descriptor[6] = 1;
    }

    private static void WriteBoth32(Span<byte> field, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(field, value);
        BinaryPrimitives.WriteInt32BigEndian(field[4..], value);
    }

    private static void WriteBoth16(Span<byte> field, short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(field, value);
        BinaryPrimitives.WriteInt16BigEndian(field[2..], value);
    }
}

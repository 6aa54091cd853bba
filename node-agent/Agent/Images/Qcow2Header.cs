using System.Buffers.Binary;

namespace Berth.NodeAgent.Images;

/// <summary>What the header of a qcow2 file says, read from the file itself and trusted in nothing.</summary>
/// <param name="Version">2 or 3.</param>
/// <param name="VirtualSize">Size of the disk in bytes.</param>
/// <param name="BackingFile">Name of the backing file as written, or null.</param>
/// <param name="HasDataFile">The clusters are in another file.</param>
/// <param name="IsEncrypted">The clusters are encrypted.</param>
/// <param name="IncompatibleFeatures">Feature bits that a reader must know to read the file.</param>
internal sealed record Qcow2Header(int Version, long VirtualSize, string? BackingFile, bool HasDataFile, bool IsEncrypted, ulong IncompatibleFeatures)
{
    /// <summary>How much of a file is enough to read its header: the extensions that matter come first and are short.</summary>
    public const int Prefix = 64 * 1024;

    private const uint MagicNumber = 0x514649FB;
    private const int LengthOfVersion2 = 72;
    private const int LengthOfVersion3 = 104;
    private const ulong CorruptBit = 1 << 1;
    private const ulong DataFileBit = 1 << 2;
    private const ulong ExtendedEntriesBit = 1 << 4;

    // QCOW_MAX_L1_SIZE, 32 MiB, in entries of 8 bytes.
    private const ulong MaxTables = (32 << 20) / 8;

    // Dirty, corrupt, external data file, compression type, extended L2 entries.
    private const ulong KnownBits = 0b11111;

    private const uint DataFileExtension = 0x44415441;
    private const uint EncryptionExtension = 0x0537BE77;

    /// <summary>True when the file was marked corrupt by QEMU.</summary>
    public bool IsCorrupt => (IncompatibleFeatures & CorruptBit) != 0;

    /// <summary>Feature bits that this code knows nothing of.</summary>
    public ulong UnknownFeatures => IncompatibleFeatures & ~KnownBits;

    /// <summary>True when <paramref name="content"/> begins as a qcow2 file does.</summary>
    public static bool IsQcow2(ReadOnlySpan<byte> content) =>
        content.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(content) == MagicNumber;

    /// <summary>Reads the header from the first <see cref="Prefix"/> bytes of a file (or all of a smaller one).</summary>
    /// <exception cref="InvalidDataException">This is no header that QEMU would accept; the message says what is wrong with it.</exception>
    public static Qcow2Header Parse(ReadOnlySpan<byte> content)
    {
        if (!IsQcow2(content))
        {
            throw new InvalidDataException("it does not begin with the qcow2 magic number");
        }

        Require(content.Length >= LengthOfVersion2, "the qcow2 header is cut short");
        var version = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        Require(version is 2 or 3, $"qcow2 version {version} is unknown");
        var clusterBits = BinaryPrimitives.ReadUInt32BigEndian(content[20..]);
        Require(clusterBits is >= 9 and <= 21, $"a qcow2 cluster of 2^{clusterBits} bytes is out of bounds");
        var size = BinaryPrimitives.ReadUInt64BigEndian(content[24..]);
        Require(size is > 0 and <= 1UL << 62, $"a qcow2 disk of {size} bytes is out of bounds");
        var encryption = BinaryPrimitives.ReadUInt32BigEndian(content[32..]);

        var (features, headerLength) = (0UL, LengthOfVersion2);
        if (version == 3)
        {
            Require(content.Length >= LengthOfVersion3, "the qcow2 header is cut short");
            features = BinaryPrimitives.ReadUInt64BigEndian(content[72..]);
            var length = BinaryPrimitives.ReadUInt32BigEndian(content[100..]);
            Require(length >= LengthOfVersion3 && length <= 1u << (int)clusterBits && length % 8 == 0, $"a qcow2 header of {length} bytes is out of bounds");
            headerLength = (int)length;
        }

        Require(TablesOf(size, (int)clusterBits, features) <= MaxTables, $"a qcow2 disk of {size} bytes is too large for clusters of 2^{clusterBits} bytes");
        var backing = ReadBackingFile(content);
        var (dataFile, encrypted) = ReadExtensions(content, headerLength, 1 << (int)clusterBits);
        return new Qcow2Header(
            (int)version, (long)size, backing,
            HasDataFile: dataFile || (features & DataFileBit) != 0,
            IsEncrypted: encrypted || encryption != 0,
            features);
    }

    // Entries of the table of tables: QEMU opens no file that needs more.
    private static ulong TablesOf(ulong size, int clusterBits, ulong features)
    {
        var entryBits = (features & ExtendedEntriesBit) != 0 ? 4 : 3;
        var coveredBits = (2 * clusterBits) - entryBits;
        return ((size - 1) >> coveredBits) + 1;
    }

    private static string? ReadBackingFile(ReadOnlySpan<byte> content)
    {
        var offset = BinaryPrimitives.ReadUInt64BigEndian(content[8..]);
        if (offset == 0)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(content[16..]);
        Require(length is > 0 and <= 1023, $"a backing file name of {length} bytes is out of bounds");
        Require(offset <= (ulong)content.Length && length <= (ulong)content.Length - offset, "the name of the backing file lies outside the qcow2 header");
        return System.Text.Encoding.UTF8.GetString(content.Slice((int)offset, (int)length));
    }

    private static (bool DataFile, bool Encrypted) ReadExtensions(ReadOnlySpan<byte> content, int offset, int clusterSize)
    {
        var (dataFile, encrypted) = (false, false);
        var end = Math.Min(content.Length, clusterSize);
        while (end - offset >= 8)
        {
            var type = BinaryPrimitives.ReadUInt32BigEndian(content[offset..]);
            var length = BinaryPrimitives.ReadUInt32BigEndian(content[(offset + 4)..]);
            if (type == 0)
            {
                return (dataFile, encrypted);
            }

            // Whatever lies behind an extension that runs out of sight could be a data file: QEMU would follow it, so it must not pass.
            offset += 8;
            Require(length <= end - offset, "a qcow2 header extension runs out of the header");
            dataFile |= type == DataFileExtension;
            encrypted |= type == EncryptionExtension;
            offset += (int)Math.Min((length + 7L) & ~7L, end - offset);
        }

        return (dataFile, encrypted);
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new InvalidDataException(problem);
        }
    }
}

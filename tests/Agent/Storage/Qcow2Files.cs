using System.Buffers.Binary;
using System.Text;

namespace Berth.NodeAgent.Tests.Storage;

/// <summary>Writes the beginning of qcow2 files by hand, sound or hostile.</summary>
internal static class Qcow2Files
{
    public static byte[] Header(
        uint version = 3, ulong size = 1 << 20, uint clusterBits = 16, uint encryption = 0, ulong incompatible = 0,
        string? backing = null, uint headerLength = 104, (uint Type, byte[] Data)[]? extensions = null)
    {
        var content = new byte[4096];
        BinaryPrimitives.WriteUInt32BigEndian(content, 0x514649FB);
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(4), version);
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(20), clusterBits);
        BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(24), size);
        BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(32), encryption);
        if (version != 2)
        {
            BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(72), incompatible);
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(100), headerLength);
        }

        var offset = version == 2 ? 72 : (int)Math.Min(headerLength, 2048);
        foreach (var (type, data) in extensions ?? [])
        {
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(offset), type);
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(offset + 4), (uint)data.Length);
            data.CopyTo(content.AsSpan(offset + 8));
            offset += 8 + ((data.Length + 7) & ~7);
        }

        if (backing is not null)
        {
            var name = Encoding.UTF8.GetBytes(backing);
            BinaryPrimitives.WriteUInt64BigEndian(content.AsSpan(8), 3000);
            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(16), (uint)name.Length);
            name.CopyTo(content.AsSpan(3000));
        }

        return content;
    }
}

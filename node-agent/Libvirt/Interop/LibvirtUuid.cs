namespace Berth.Libvirt.Interop;

/// <summary>libvirt's 16 raw bytes, which are in the order of the text form.</summary>
internal static unsafe class LibvirtUuid
{
    internal const int Length = 16;

    internal delegate int Reader(byte* uuid);

    internal delegate T User<T>(byte* uuid);

    internal static Guid Read(Reader read)
    {
        var bytes = stackalloc byte[Length];
        LibvirtCheck.Check(read(bytes), "GetUUID");
        return new Guid(new ReadOnlySpan<byte>(bytes, Length), bigEndian: true);
    }

    internal static T Pass<T>(Guid uuid, User<T> use)
    {
        var bytes = stackalloc byte[Length];
        uuid.TryWriteBytes(new Span<byte>(bytes, Length), bigEndian: true, out _);
        return use(bytes);
    }
}

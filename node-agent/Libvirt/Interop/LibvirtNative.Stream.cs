using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

internal static unsafe partial class LibvirtNative
{
    [LibraryImport(Library)]
    internal static partial VirStreamHandle virStreamNew(VirConnectHandle conn, uint flags);

    [LibraryImport(Library)]
    internal static partial int virStreamFree(nint st);

    [LibraryImport(Library)]
    internal static partial int virStreamSend(VirStreamHandle st, byte* data, nuint nbytes);

    [LibraryImport(Library)]
    internal static partial int virStreamRecv(VirStreamHandle st, byte* data, nuint nbytes);

    [LibraryImport(Library)]
    internal static partial int virStreamFinish(VirStreamHandle st);

    [LibraryImport(Library)]
    internal static partial int virStreamAbort(VirStreamHandle st);

    [LibraryImport(Library)]
    internal static partial int virStreamEventAddCallback(
        VirStreamHandle stream,
        int events,
        delegate* unmanaged[Cdecl]<nint, int, nint, void> cb,
        nint opaque,
        delegate* unmanaged[Cdecl]<nint, void> ff);

    [LibraryImport(Library)]
    internal static partial int virStreamEventUpdateCallback(VirStreamHandle stream, int events);

    [LibraryImport(Library)]
    internal static partial int virStreamEventRemoveCallback(VirStreamHandle stream);
}

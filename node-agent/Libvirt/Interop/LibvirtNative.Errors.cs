using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

/// <summary>The functions of libvirt's C headers under their own names, one partial file per module, imports and nothing else.</summary>
internal static unsafe partial class LibvirtNative
{
    private const string Library = "libvirt.so.0";

    [LibraryImport(Library)]
    internal static partial VirError* virGetLastError();

    [LibraryImport(Library)]
    internal static partial void virSetErrorFunc(nint userData, delegate* unmanaged[Cdecl]<nint, VirError*, void> handler);
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VirError
{
    internal int Code;
    internal int Domain;
    internal byte* Message;

    // The rest of the native structure is not read.
}

using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

/// <summary>Takes over the array of references that libvirt's list functions allocate.</summary>
internal static unsafe class HandleArray
{
    /// <summary>Wraps every reference before anything can fail, and frees the array; the caller disposes each handle.</summary>
    internal static T[] Take<T>(nint* references, int count)
        where T : LibvirtHandle, new()
    {
        var handles = new T[count];
        for (var i = 0; i < count; i++)
        {
            handles[i] = new T();
            handles[i].Adopt(references[i]);
        }

        NativeMemory.Free(references);
        return handles;
    }
}

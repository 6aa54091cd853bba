using System.Runtime.InteropServices;

namespace Berth.Libvirt.Interop;

/// <summary>The arrays of references that libvirt's list functions allocate.</summary>
internal static unsafe class HandleArray
{
    /// <summary>Takes the references over and reads and disposes each; an object that has gone since the list was made is left out.</summary>
    internal static List<TInfo> Read<THandle, TInfo>(
        nint* references, int count, Func<THandle, TInfo> read, LibvirtErrorCode absent)
        where THandle : LibvirtHandle, new()
    {
        var handles = Take<THandle>(references, count);
        try
        {
            var all = new List<TInfo>(count);
            foreach (var handle in handles)
            {
                try
                {
                    all.Add(read(handle));
                }
                catch (LibvirtException exception) when (exception.Code == absent)
                {
                    // Gone.
                }
            }

            return all;
        }
        finally
        {
            foreach (var handle in handles)
            {
                handle.Dispose();
            }
        }
    }

    // Wraps every reference before anything can fail.
    private static T[] Take<T>(nint* references, int count)
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

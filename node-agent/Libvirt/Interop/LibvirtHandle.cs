using Microsoft.Win32.SafeHandles;

namespace Berth.Libvirt.Interop;

/// <summary>One reference on a libvirt object, counted so that a leak is visible.</summary>
/// <remarks>
/// A domain, pool, volume, network, stream or secret holds a reference on its connection inside libvirt, so no handle
/// here keeps its parent. Handles are opened and disposed within one dispatcher call, except the connection's own and
/// a console's stream.
/// </remarks>
internal abstract class LibvirtHandle(LibvirtObjectKind kind) : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    private bool _counted;

    /// <summary>Counts a handle that libvirt has just given us; called once, by <see cref="LibvirtCheck"/>.</summary>
    internal void Count()
    {
        _counted = true;
        LibvirtHandles.Opened(kind);
    }

    /// <summary>Takes over a reference that libvirt returned inside an array.</summary>
    internal void Adopt(nint reference)
    {
        SetHandle(reference);
        Count();
    }

    protected sealed override bool ReleaseHandle()
    {
        if (_counted)
        {
            LibvirtHandles.Closed(kind);
        }

        return Free(handle) >= 0;
    }

    /// <summary>Drops the reference: libvirt's own free function of the object.</summary>
    protected abstract int Free(nint reference);
}

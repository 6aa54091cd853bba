namespace Berth.Libvirt;

/// <summary>A callback that libvirt holds for us, until disposed.</summary>
internal sealed class CallbackRegistration(nint opaque, Action deregister) : IDisposable
{
    /// <summary>Takes the callback back; on a dead connection libvirt still drops its side and fails the rest, which does not matter.</summary>
    public void Dispose()
    {
        deregister();
        CallbackRegistry.Remove(opaque);
    }
}

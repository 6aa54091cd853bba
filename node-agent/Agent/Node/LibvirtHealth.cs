namespace Berth.NodeAgent.Node;

/// <summary>Whether libvirt is there, as last heard.</summary>
internal sealed class LibvirtHealth
{
    private volatile bool _isAvailable;

    /// <summary>It came or went.</summary>
    public event Action? Changed;

    /// <summary>True when it was there when last heard of.</summary>
    public bool IsAvailable => _isAvailable;

    /// <summary>Notes what was heard.</summary>
    public void Report(bool isAvailable)
    {
        if (_isAvailable != isAvailable)
        {
            _isAvailable = isAvailable;
            Changed?.Invoke();
        }
    }
}

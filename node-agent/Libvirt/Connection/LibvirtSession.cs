using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>One life of the connection, from open to loss: its handles and callbacks.</summary>
/// <remarks>
/// Each thread that calls has a connection of its own, so that no call ever meets another one on its connection. libvirt's
/// client up to 10.3 can crash the whole process when they do: the thread that waits for an answer leaves a pointer to its
/// stack behind when another thread wakes it (CVE-2024-4418), and so does the timer of libvirt's own keepalive, which is
/// why it is not used. Besides, a daemon serves only a few requests of one connection at a time (max_client_requests).
/// </remarks>
internal sealed class LibvirtSession
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hung = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _uri;
    private readonly VirConnectHandle _first;
    private readonly bool _inProcess;
    private readonly Dictionary<Thread, VirConnectHandle> _ofThreads = [];
    private readonly List<CallbackRegistration> _registrations = [];
    private bool _closed;

    private LibvirtSession(string uri, EventSink sink)
    {
        _uri = uri;
        _first = OpenHandle(uri);
        try
        {
            _inProcess = IsTestDriver(_first);
            if (CloseRegistration.Register(_first, this) is { } registration)
            {
                _registrations.Add(registration);
            }

            _registrations.AddRange(EventRegistrations.RegisterAll(_first, sink));
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>Ends with the reason once the connection is gone.</summary>
    internal Task<string> Lost => _lost.Task;

    /// <summary>Ends when the daemon was given up: calls that it still has may end much later.</summary>
    internal Task Hung => _hung.Task;

    /// <summary>Opens the connection and registers for its end and its events; blocks.</summary>
    internal static LibvirtSession Open(string uri, EventSink sink)
    {
        EventLoop.EnsureStarted();
        return new LibvirtSession(uri, sink);
    }

    /// <summary>Makes a call with this thread's handle; a failure on a dead connection ends the session.</summary>
    internal T Use<T>(LibvirtLane lane, Func<VirConnectHandle, T> call)
    {
        if (_lost.Task.IsCompleted)
        {
            throw LibvirtException.NotConnected("the connection was lost");
        }

        var connection = lane == LibvirtLane.Control || _inProcess ? _first : OfThisThread();
        var held = false;
        try
        {
            // Held across the call and the fetch of its error: were the handle closed in between, on this thread,
            // libvirt would have reset the error.
            Hold(connection, ref held);
            return call(connection);
        }
        catch (LibvirtException exception) when (held && LibvirtNative.virConnectIsAlive(connection) == 0)
        {
            exception.IsConnectionLost = true;
            ReportLost(exception.Detail);
            throw;
        }
        finally
        {
            if (held)
            {
                connection.DangerousRelease();
            }
        }
    }

    /// <summary>Makes a call with a connection of its own, which lives as long as what the call leaves open on it.</summary>
    internal T UseAnother<T>(Func<VirConnectHandle, T> call)
    {
        if (_inProcess)
        {
            return Use(LibvirtLane.Control, call);
        }

        using var connection = OpenHandle(_uri);
        return call(connection);
    }

    internal void ReportLost(string reason) => _lost.TrySetResult(reason);

    /// <summary>Ends the session although the daemon still holds its connections: whoever waits for a call is told.</summary>
    internal void GiveUp(string reason)
    {
        ReportLost(reason);
        _hung.TrySetResult();
    }

    /// <summary>Takes the callbacks back, which hold references of their own, and closes; blocks, never throws.</summary>
    internal void Close()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        lock (_gate)
        {
            _closed = true;
            foreach (var connection in _ofThreads.Values)
            {
                connection.Dispose();
            }
        }

        _first.Dispose();
    }

    private VirConnectHandle OfThisThread()
    {
        lock (_gate)
        {
            if (_ofThreads.TryGetValue(Thread.CurrentThread, out var existing))
            {
                return existing;
            }
        }

        var opened = OpenHandle(_uri);
        lock (_gate)
        {
            if (!_closed)
            {
                _ofThreads.Add(Thread.CurrentThread, opened);
                return opened;
            }
        }

        opened.Dispose();
        throw LibvirtException.NotConnected("the connection was closed");
    }

    private static void Hold(VirConnectHandle connection, ref bool held)
    {
        try
        {
            connection.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            throw LibvirtException.NotConnected("the connection was closed");
        }
    }

    private static VirConnectHandle OpenHandle(string uri)
    {
        try
        {
            return LibvirtCheck.Check(LibvirtNative.virConnectOpenAuth(uri, 0, 0));
        }
        catch (LibvirtException exception)
        {
            exception.IsConnectionLost = true; // it says nothing about what was to be called
            throw;
        }
    }

    // It lives in this process, so its calls meet nowhere, and it keeps its hosts per connection.
    private static unsafe bool IsTestDriver(VirConnectHandle connection) =>
        LibvirtCheck.Text(LibvirtNative.virConnectGetType(connection)).Equals("Test", StringComparison.OrdinalIgnoreCase);
}

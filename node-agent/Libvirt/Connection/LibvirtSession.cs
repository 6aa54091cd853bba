using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>One life of the connection, from open to loss: its handles and callbacks.</summary>
internal sealed class LibvirtSession
{
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly VirConnectHandle _calls;
    private readonly VirConnectHandle _longCalls;
    private readonly List<CallbackRegistration> _registrations = [];

    private LibvirtSession(string uri, LibvirtConnectionOptions options, EventSink sink)
    {
        _calls = _longCalls = OpenHandle(uri, options);
        try
        {
            if (ServesLimitedRequests(_calls))
            {
                _longCalls = OpenHandle(uri, options);
            }

            Watch(_calls);
            if (!ReferenceEquals(_calls, _longCalls))
            {
                Watch(_longCalls);
            }

            _registrations.AddRange(EventRegistrations.RegisterAll(_calls, sink));
        }
        catch
        {
            Close();
            throw;
        }
    }

    /// <summary>Ends with the reason once the connection is gone.</summary>
    internal Task<string> Lost => _lost.Task;

    /// <summary>Opens the connection and registers for its end and its events; blocks.</summary>
    internal static LibvirtSession Open(string uri, LibvirtConnectionOptions options, EventSink sink)
    {
        EventLoop.EnsureStarted();
        return new LibvirtSession(uri, options, sink);
    }

    /// <summary>Makes a call with the handle of its lane, on this thread; a failure on a dead connection ends the session.</summary>
    internal T Use<T>(LibvirtLane lane, Func<VirConnectHandle, T> call)
    {
        var connection = lane is LibvirtLane.Control or LibvirtLane.Query ? _calls : _longCalls;
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

    internal void ReportLost(string reason) => _lost.TrySetResult(reason);

    /// <summary>Takes the callbacks back, which hold references of their own, and closes; blocks, never throws.</summary>
    internal void Close()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _longCalls.Dispose();
        _calls.Dispose();
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

    private static VirConnectHandle OpenHandle(string uri, LibvirtConnectionOptions options)
    {
        var connection = LibvirtCheck.Check(LibvirtNative.virConnectOpenAuth(uri, 0, 0));
        if (options.KeepAliveIntervalSeconds > 0)
        {
            // Fails where there is no daemon (test driver) and answers 1 where the daemon is too old: neither matters.
            _ = LibvirtNative.virConnectSetKeepAlive(
                connection, options.KeepAliveIntervalSeconds, (uint)options.KeepAliveCount);
        }

        return connection;
    }

    // A daemon serves only a few requests of one connection at a time, so long calls have a connection of their own.
    // The test driver lives in this process, has no such limit, and keeps its hosts per connection.
    private static unsafe bool ServesLimitedRequests(VirConnectHandle connection) =>
        !LibvirtCheck.Text(LibvirtNative.virConnectGetType(connection)).Equals("Test", StringComparison.OrdinalIgnoreCase);

    private void Watch(VirConnectHandle connection)
    {
        if (CloseRegistration.Register(connection, this) is { } registration)
        {
            _registrations.Add(registration);
        }
    }
}

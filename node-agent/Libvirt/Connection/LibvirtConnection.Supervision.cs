namespace Berth.Libvirt;

// Opens the connection, waits for its loss, opens it again.
public sealed partial class LibvirtConnection
{
    private async Task SuperviseAsync()
    {
        var failures = 0;
        var restored = false;
        while (!_stopping.IsCancellationRequested)
        {
            if (await TryOpenAsync().ConfigureAwait(false) is not { } session)
            {
                await PauseAsync(failures++).ConfigureAwait(false);
                continue;
            }

            failures = 0;
            await ServeAsync(session, restored).ConfigureAwait(false);
            restored = true;
            await PauseAsync(0).ConfigureAwait(false);
        }

        _firstAttempt.TrySetException(new ObjectDisposedException(nameof(LibvirtConnection)));
        _ = _firstAttempt.Task.Exception;
        Volatile.Read(ref _connected).TrySetResult();
    }

    // Without a limit: a daemon that accepts and then hangs gives no sign before it goes on or dies, and a second attempt
    // beside the first would only hold a second thread.
    private async Task<LibvirtSession?> TryOpenAsync()
    {
        try
        {
            return await _dispatcher.InvokeAsync(
                LibvirtLane.Control,
                () => LibvirtSession.Open(Uri, _sink),
                new DispatcherCallOptions<LibvirtSession>("virConnectOpenAuth", Timeout.InfiniteTimeSpan, _options.TimeProvider),
                _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception) when (exception is LibvirtException or ObjectDisposedException)
        {
            _lastFailure = (exception as LibvirtException)?.Detail ?? exception.Message;
            _firstAttempt.TrySetException(exception);
            _ = _firstAttempt.Task.Exception;
            return null;
        }
    }

    private async Task ServeAsync(LibvirtSession session, bool restored)
    {
        if (!_stopping.IsCancellationRequested)
        {
            _session = session;
            if (restored)
            {
                _sink.Publish(new ConnectionRestored());
            }

            _firstAttempt.TrySetResult();
            Volatile.Read(ref _connected).TrySetResult();
            await Task.WhenAll(UntilLostAsync(session), PingAsync(session)).ConfigureAwait(false);
        }

        await CloseAsync(session).ConfigureAwait(false);
    }

    // On the thread that opens, which is free now; what still runs keeps the handles until it ends.
    private async Task CloseAsync(LibvirtSession session)
    {
        try
        {
            await _dispatcher.InvokeAsync(
                LibvirtLane.Control,
                () =>
                {
                    session.Close();
                    return true;
                },
                new DispatcherCallOptions<bool>("virConnectClose", Timeout.InfiniteTimeSpan, _options.TimeProvider),
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The threads are gone already: better here than never.
            session.Close();
        }
    }

    private async Task UntilLostAsync(LibvirtSession session)
    {
        try
        {
            _lastFailure = await session.Lost.WaitAsync(_stopping.Token).ConfigureAwait(false);
            _sink.Publish(new ConnectionLost(_lastFailure));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Disposal, not loss.
        }

        Volatile.Write(ref _connected, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _session = null;
    }

    // Instead of libvirt's keepalive: see LibvirtSession. A ping that was not answered keeps its thread, the one that opens
    // and closes, so the next attempt to connect waits until the daemon goes on or dies, whichever it does.
    private async Task PingAsync(LibvirtSession session)
    {
        while (await StaysAsync(session, _options.PingInterval).ConfigureAwait(false))
        {
            if (!await AnswersAsync(session, _options.PingTimeout, _stopping.Token).ConfigureAwait(false)
                && !_stopping.IsCancellationRequested)
            {
                session.GiveUp($"the daemon did not answer within {_options.PingTimeout.TotalSeconds:0.###} s");
            }
        }
    }

    // Whether the session is still there after the time.
    private async Task<bool> StaysAsync(LibvirtSession session, TimeSpan time)
    {
        try
        {
            await session.Lost.WaitAsync(time, _options.TimeProvider, _stopping.Token).ConfigureAwait(false);
            return false;
        }
        catch (TimeoutException)
        {
            return true;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task PauseAsync(int failures)
    {
        var ceiling = Math.Min(
            _options.MaximumBackoff.TotalMilliseconds,
            _options.InitialBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 20)));
        var pause = TimeSpan.FromMilliseconds(ceiling * (0.5 + (Random.Shared.NextDouble() / 2)));
        try
        {
            await Task.Delay(pause, _options.TimeProvider, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The loop sees it.
        }
    }
}

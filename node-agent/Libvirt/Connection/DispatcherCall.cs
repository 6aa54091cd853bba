namespace Berth.Libvirt;

/// <summary>A call on its way through a lane.</summary>
internal abstract class DispatcherCall
{
    /// <summary>Makes the call, unless it was dropped while it was queued; never throws.</summary>
    internal abstract void Run();

    /// <summary>Fails a call that no thread will take.</summary>
    internal abstract void Reject(Exception exception);
}

/// <summary>How a call is named, how long its caller waits, and what becomes of a result that nobody waits for.</summary>
internal readonly record struct DispatcherCallOptions<T>(
    string Operation, TimeSpan Timeout, TimeProvider TimeProvider, Action<T>? Abandoned = null);

internal sealed class DispatcherCall<T> : DispatcherCall
{
    private const int Queued = 0;
    private const int Started = 1;
    private const int Dropped = 2;

    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<T> _call;
    private readonly DispatcherCallOptions<T> _options;
    private readonly CancellationTokenRegistration _cancellation;
    private readonly ITimer? _timer;
    private int _state;

    internal DispatcherCall(Func<T> call, DispatcherCallOptions<T> options, CancellationToken cancellationToken)
    {
        _call = call;
        _options = options;
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => ((DispatcherCall<T>)state!).Cancel(token), this);
        if (options.Timeout != Timeout.InfiniteTimeSpan)
        {
            _timer = options.TimeProvider.CreateTimer(
                static state => ((DispatcherCall<T>)state!).GiveUp(), this, options.Timeout, Timeout.InfiniteTimeSpan);
        }
    }

    internal Task<T> Task => _completion.Task;

    internal override void Run()
    {
        if (Interlocked.CompareExchange(ref _state, Started, Queued) != Queued)
        {
            return;
        }

        try
        {
            var result = _call();
            StopWaiting();
            if (!_completion.TrySetResult(result))
            {
                _options.Abandoned?.Invoke(result);
            }
        }
        catch (Exception exception)
        {
            StopWaiting();
            _completion.TrySetException(Translate(exception));
        }
    }

    internal override void Reject(Exception exception)
    {
        StopWaiting();
        _completion.TrySetException(exception);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Dropped, Queued) == Queued)
        {
            _timer?.Dispose();
            _completion.TrySetCanceled(cancellationToken);
        }
    }

    private void GiveUp()
    {
        Interlocked.CompareExchange(ref _state, Dropped, Queued);
        if (_completion.TrySetException(LibvirtException.TimedOut(_options.Operation, _options.Timeout)))
        {
            StopWaiting();
        }
    }

    private void StopWaiting()
    {
        _cancellation.Unregister();
        _timer?.Dispose();
    }

    // A function that this libvirt does not have is the same to callers as one that the daemon does not support.
    private Exception Translate(Exception exception) => exception switch
    {
        EntryPointNotFoundException => Missing(LibvirtErrorCode.NoSupport, exception),
        DllNotFoundException when exception.Message.Contains("libvirt-qemu", StringComparison.Ordinal) =>
            Missing(LibvirtErrorCode.NoSupport, exception),
        DllNotFoundException => Missing(LibvirtErrorCode.LibraryMissing, exception),
        _ => exception,
    };

    private LibvirtException Missing(LibvirtErrorCode code, Exception exception) =>
        new(_options.Operation, code, LibvirtErrorDomain.Client, exception.Message, exception);
}

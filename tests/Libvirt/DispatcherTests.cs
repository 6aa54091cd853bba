namespace Berth.Libvirt.Tests;

public sealed class DispatcherTests : IDisposable
{
    private readonly LibvirtDispatcher _dispatcher = new(new LibvirtDispatcherOptions { QueryThreads = 1 });
    private readonly ManualResetEventSlim _release = new(initialState: false);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _release.Set();
        _dispatcher.Dispose();
        _release.Dispose();
    }

    [Fact]
    public async Task A_queued_call_is_cancelled_and_never_made()
    {
        var blocking = Block(Cancel);
        using var cancellation = new CancellationTokenSource();
        var made = false;
        var queued = Invoke(() => made = true, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queued);
        _release.Set();
        await blocking;
        await Invoke(() => true, Cancel);
        Assert.False(made);
    }

    [Fact]
    public async Task A_running_call_runs_to_its_end_whatever_its_token_says()
    {
        using var cancellation = new CancellationTokenSource();
        var blocking = Block(cancellation.Token);

        await cancellation.CancelAsync();
        _release.Set();

        Assert.True(await blocking);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_fails_its_caller_and_hands_its_late_result_over()
    {
        var late = new TaskCompletionSource<bool>();
        var started = new TaskCompletionSource();
        var slow = _dispatcher.InvokeAsync(
            LibvirtLane.Query,
            () =>
            {
                started.SetResult();
                _release.Wait(CancellationToken.None);
                return true;
            },
            new DispatcherCallOptions<bool>("slow", TimeSpan.FromMilliseconds(50), TimeProvider.System, late.SetResult),
            Cancel);

        var error = await Assert.ThrowsAsync<LibvirtException>(() => slow);

        Assert.Equal((LibvirtErrorCode.CallTimedOut, "slow"), (error.Code, error.Operation));
        await started.Task;
        _release.Set();
        Assert.True(await late.Task);
    }

    [Fact]
    public async Task A_call_that_waits_too_long_in_the_queue_fails_and_is_never_made()
    {
        var blocking = Block(Cancel);
        var made = false;
        var queued = _dispatcher.InvokeAsync(
            LibvirtLane.Query,
            () => made = true,
            new DispatcherCallOptions<bool>("queued", TimeSpan.FromMilliseconds(20), TimeProvider.System),
            Cancel);

        Assert.Equal(
            LibvirtErrorCode.CallTimedOut, (await Assert.ThrowsAsync<LibvirtException>(() => queued)).Code);
        _release.Set();
        await blocking;
        await Invoke(() => true, Cancel);
        Assert.False(made);
    }

    [Fact]
    public async Task A_stuck_lane_does_not_hold_up_the_others()
    {
        var blocking = Block(Cancel);

        var thread = await _dispatcher.InvokeAsync(
            LibvirtLane.Guest, () => Thread.CurrentThread.Name, Options<string?>(), Cancel);

        Assert.Equal("libvirt-guest-1", thread);
        Assert.False(blocking.IsCompleted);
    }

    [Fact]
    public async Task A_second_thread_starts_for_a_call_behind_a_stuck_one()
    {
        var started = new TaskCompletionSource();
        var stuck = _dispatcher.InvokeAsync(
            LibvirtLane.Guest,
            () =>
            {
                started.SetResult();
                return _release.Wait(Timeout.Infinite, CancellationToken.None);
            },
            Options<bool>(),
            Cancel);
        await started.Task;

        await _dispatcher.InvokeAsync(LibvirtLane.Guest, () => true, Options<bool>(), Cancel)
            .WaitAsync(TimeSpan.FromSeconds(10), Cancel);

        Assert.False(stuck.IsCompleted);
    }

    [Fact]
    public async Task A_function_that_the_library_lacks_is_NoSupport()
    {
        var missing = _dispatcher.InvokeAsync<bool>(
            LibvirtLane.Query, () => throw new EntryPointNotFoundException("virFromTheFuture"), Options<bool>(), Cancel);

        Assert.Equal(LibvirtErrorCode.NoSupport, (await Assert.ThrowsAsync<LibvirtException>(() => missing)).Code);
    }

    [Fact]
    public async Task A_disposed_dispatcher_refuses_calls_and_finishes_those_it_has()
    {
        var blocking = Block(Cancel);
        var queued = Invoke(() => true, Cancel);
        _dispatcher.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Invoke(() => true, Cancel));
        _release.Set();
        Assert.True(await blocking);
        Assert.True(await queued);
    }

    private static DispatcherCallOptions<T> Options<T>() => new("test", Timeout.InfiniteTimeSpan, TimeProvider.System);

    private Task<bool> Invoke(Func<bool> call, CancellationToken cancellationToken) =>
        _dispatcher.InvokeAsync(LibvirtLane.Query, call, Options<bool>(), cancellationToken);

    // Returns when the call has begun.
    private Task<bool> Block(CancellationToken cancellationToken)
    {
        using var started = new ManualResetEventSlim(initialState: false);
        var blocking = Invoke(
            () =>
            {
                started.Set();
                return _release.Wait(Timeout.Infinite, CancellationToken.None);
            },
            cancellationToken);
        started.Wait(Cancel);
        return blocking;
    }
}

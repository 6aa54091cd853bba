using System.Runtime.CompilerServices;
using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>A connection to one libvirt daemon that opens itself again whenever it is lost.</summary>
/// <remarks>
/// Thread-safe. Every call runs on a thread of the <see cref="LibvirtDispatcher"/>. A token cancels a call only while it
/// is queued: once libvirt has it, it runs to its end, whatever the caller does. A call that takes longer than its time
/// fails with <see cref="LibvirtErrorCode.CallTimedOut"/>: the caller goes on, the thread remains with the call, and the
/// call may still take effect. While the connection is down calls fail at once with
/// <see cref="LibvirtErrorCode.NotConnected"/>. A daemon that hangs is found by a ping, which fails all calls that wait
/// for it in the same way; their threads are free when the daemon goes on or dies.
/// </remarks>
public sealed partial class LibvirtConnection : IAsyncDisposable
{
    private readonly LibvirtConnectionOptions _options;
    private readonly LibvirtDispatcher _dispatcher;
    private readonly EventSink _sink;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _supervision;
    private TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LibvirtSession? _session;
    private volatile string? _lastFailure;
    private int _disposed;

    private LibvirtConnection(string uri, LibvirtConnectionOptions options)
    {
        Uri = uri;
        _options = options;
        _dispatcher = options.Dispatcher ?? new LibvirtDispatcher();
        _sink = new EventSink(options.EventCapacity);
        Domains = new LibvirtDomains(this);
        StoragePools = new LibvirtStoragePools(this);
        StorageVolumes = new LibvirtStorageVolumes(this);
        Networks = new LibvirtNetworks(this);
        Node = new LibvirtNode(this);
        Secrets = new LibvirtSecrets(this);
        _supervision = SuperviseAsync();
    }

    /// <summary>The URI that was asked for.</summary>
    public string Uri { get; }

    /// <summary>Whether the connection is up, as far as is known without asking the daemon.</summary>
    public bool IsConnected => _session is { Lost.IsCompleted: false };

    /// <summary>Why the connection is down, for people; null while it is up.</summary>
    public string? LastFailure => IsConnected ? null : _lastFailure;

    /// <summary>The domains of this host.</summary>
    public LibvirtDomains Domains { get; }

    /// <summary>The storage pools of this host.</summary>
    public LibvirtStoragePools StoragePools { get; }

    /// <summary>The volumes in this host's storage pools.</summary>
    public LibvirtStorageVolumes StorageVolumes { get; }

    /// <summary>The virtual networks of this host.</summary>
    public LibvirtNetworks Networks { get; }

    /// <summary>This host itself.</summary>
    public LibvirtNode Node { get; }

    /// <summary>The secrets of this host's daemon.</summary>
    public LibvirtSecrets Secrets { get; }

    /// <summary>Opens a connection; fails when the first attempt fails or takes longer than the open timeout.</summary>
    /// <exception cref="LibvirtException">The daemon cannot be reached.</exception>
    public static async Task<LibvirtConnection> OpenAsync(
        string uri, LibvirtConnectionOptions? options, CancellationToken cancellationToken)
    {
        options ??= new LibvirtConnectionOptions();
        var connection = Start(uri, options);
        try
        {
            await connection._firstAttempt.Task
                .WaitAsync(options.OpenTimeout, options.TimeProvider, cancellationToken)
                .ConfigureAwait(false);
            return connection;
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (exception is TimeoutException)
            {
                throw LibvirtException.TimedOut("virConnectOpenAuth", options.OpenTimeout);
            }

            throw;
        }
    }

    /// <summary>Returns at once and connects in the background, again and again until it succeeds.</summary>
    public static LibvirtConnection Start(string uri, LibvirtConnectionOptions? options) =>
        new(uri, options ?? new LibvirtConnectionOptions());

    /// <summary>Ends when the connection is up.</summary>
    public async Task WaitUntilConnectedAsync(CancellationToken cancellationToken)
    {
        while (!IsConnected)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            await Volatile.Read(ref _connected).Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            await Task.Yield();
        }
    }

    /// <summary>Asks the daemon for its version: false when it does not answer in time or the connection is down.</summary>
    /// <remarks>The question has a thread of its own, so calls that hang do not make it fail.</remarks>
    public async Task<bool> IsAliveAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        _session is { } session && await AnswersAsync(session, timeout, cancellationToken).ConfigureAwait(false);

    /// <summary>Begins to collect events; dispose the subscription to stop.</summary>
    public LibvirtSubscription Subscribe() => _sink.Subscribe();

    /// <summary>Fails queued calls, closes the connection and ends all subscriptions; running calls end in their own time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await _supervision.WaitAsync(_options.CloseTimeout, _options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A thread hangs in a daemon that does not answer. The supervision closes the connection when it comes back.
        }

        _sink.Complete();
        if (_options.Dispatcher is null)
        {
            _dispatcher.Dispose();
        }
    }

    internal TimeProvider TimeProvider => _options.TimeProvider;

    /// <summary>Makes a call on a thread of the lane.</summary>
    internal Task<T> InvokeAsync<T>(
        LibvirtLane lane,
        Func<VirConnectHandle, T> call,
        CancellationToken cancellationToken,
        TimeSpan? timeout = null,
        [CallerMemberName] string operation = "")
    {
        var limit = timeout ?? lane switch
        {
            LibvirtLane.Long => _options.LongCallTimeout,
            LibvirtLane.Copy => Timeout.InfiniteTimeSpan,
            _ => _options.CallTimeout,
        };
        return InvokeAsync(
            lane, session => session.Use(lane, call), new(operation, limit, _options.TimeProvider), cancellationToken);
    }

    /// <summary>Makes a call whose result stays open, such as a stream, with a connection of its own.</summary>
    internal Task InvokeOnAnotherAsync(
        Action<VirConnectHandle> call, CancellationToken cancellationToken, [CallerMemberName] string operation = "") =>
        InvokeAsync(
            LibvirtLane.Guest,
            session => session.UseAnother(connection =>
            {
                call(connection);
                return true;
            }),
            new(operation, _options.CallTimeout, _options.TimeProvider),
            cancellationToken);

    /// <summary>The same for a call without a result.</summary>
    internal Task InvokeAsync(
        LibvirtLane lane,
        Action<VirConnectHandle> call,
        CancellationToken cancellationToken,
        TimeSpan? timeout = null,
        [CallerMemberName] string operation = "") =>
        InvokeAsync(
            lane,
            connection =>
            {
                call(connection);
                return true;
            },
            cancellationToken,
            timeout,
            operation);

    /// <summary>Runs what must not be left out, whatever has become of the connection.</summary>
    internal Task ReleaseAsync(Action release, [CallerMemberName] string operation = "") =>
        _dispatcher.InvokeAsync(
            LibvirtLane.Guest,
            () =>
            {
                release();
                return true;
            },
            new(operation, Timeout.InfiniteTimeSpan, _options.TimeProvider),
            CancellationToken.None);

    private async Task<T> InvokeAsync<T>(
        LibvirtLane lane, Func<LibvirtSession, T> call, DispatcherCallOptions<T> options, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (_session is not { Lost.IsCompleted: false } session)
        {
            throw LibvirtException.NotConnected(_lastFailure);
        }

        var made = _dispatcher.InvokeAsync(lane, () => call(session), options, cancellationToken);
        return await Task.WhenAny(made, session.Hung).ConfigureAwait(false) == made
            ? await made.ConfigureAwait(false)
            : throw LibvirtException.NotConnected(_lastFailure);
    }

    // On the lane of its own session's first handle.
    private async Task<bool> AnswersAsync(LibvirtSession session, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await _dispatcher.InvokeAsync(
                LibvirtLane.Control,
                () => session.Use(
                    LibvirtLane.Control,
                    connection => LibvirtCheck.Check(LibvirtNative.virConnectGetLibVersion(connection, out _))),
                new DispatcherCallOptions<int>("virConnectGetLibVersion", timeout, _options.TimeProvider),
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is LibvirtException or ObjectDisposedException)
        {
            return false;
        }
    }
}

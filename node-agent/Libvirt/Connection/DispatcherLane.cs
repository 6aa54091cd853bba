using System.Collections.Concurrent;

namespace Berth.Libvirt;

/// <summary>A queue of calls and the threads that work on it, started one by one as calls pile up.</summary>
internal sealed class DispatcherLane(string name, int maximumThreads)
{
    private readonly Lock _gate = new();
    private readonly BlockingCollection<DispatcherCall> _queue = [];
    private int _outstanding;
    private int _threads;

    internal void Enqueue(DispatcherCall call)
    {
        lock (_gate)
        {
            if (!_queue.IsAddingCompleted)
            {
                _queue.Add(call, CancellationToken.None);
                _outstanding++;
                StartThreadIfNeeded();
                return;
            }
        }

        call.Reject(new ObjectDisposedException(nameof(LibvirtDispatcher)));
    }

    internal void Complete()
    {
        lock (_gate)
        {
            _queue.CompleteAdding();
        }
    }

    // Running calls count too: with idle threads alone, a call could wait behind a hung one although a thread is free to start.
    private void StartThreadIfNeeded()
    {
        if (_outstanding <= _threads || _threads >= maximumThreads)
        {
            return;
        }

        _threads++;

        // Unsafe: the thread outlives the caller and must not keep its execution context.
        new Thread(Work) { IsBackground = true, Name = $"{name}-{_threads}" }.UnsafeStart();
    }

    private void Work()
    {
        foreach (var call in _queue.GetConsumingEnumerable(CancellationToken.None))
        {
            call.Run();
            lock (_gate)
            {
                _outstanding--;
            }
        }
    }
}

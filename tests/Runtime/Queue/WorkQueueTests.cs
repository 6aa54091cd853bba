using Berth.Runtime.Metrics;
using Berth.Runtime.Queue;
using Berth.Testing;

namespace Berth.Runtime.Tests.Queue;

public sealed class WorkQueueTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly MetricFactory _metrics = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new WorkQueue<string>("test", BackOff.Default, _metrics, _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _queue.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Gives_a_key_once_however_often_it_was_added()
    {
        _queue.Add("a");
        _queue.Add("a");

        Assert.Equal("a", await _queue.GetAsync(Cancellation));
        Assert.Equal(0, _queue.Depth);
    }

    [Fact]
    public async Task Keeps_a_key_from_a_second_worker_and_gives_it_again_when_the_first_is_done()
    {
        _queue.Add("a");
        await _queue.GetAsync(Cancellation);
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(0, _queue.Depth);

        _queue.Done("a");

        Assert.Equal(1, _queue.Depth);
        Assert.Equal("a", await _queue.GetAsync(Cancellation));
        _queue.Done("a");
        Assert.Equal(0, _queue.Depth);
    }

    [Fact]
    public void Gives_a_delayed_key_when_its_time_has_come()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, _queue.Depth);

        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public void Lets_the_earliest_of_two_delays_hold()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(20));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _queue.Depth);

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task Drops_a_delay_when_the_work_begins_and_keeps_one_that_the_work_asks_for()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.Add("a");
        await _queue.GetAsync(Cancellation);
        _queue.AddAfter("a", TimeSpan.FromSeconds(30));
        _queue.Done("a");

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, _queue.Depth);

        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task Backs_off_a_failing_key_for_ever_and_starts_over_once_it_is_forgotten()
    {
        for (var failure = 1; failure <= 40; failure++)
        {
            _queue.AddRateLimited("a");
            Assert.Equal((failure, 0), (_queue.Failures("a"), _queue.Depth));
            _time.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal("a", await _queue.GetAsync(Cancellation));
            _queue.Done("a");
        }

        _queue.Forget("a");
        _queue.AddRateLimited("a");
        _time.Advance(TimeSpan.FromMilliseconds(7));
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public void Keeps_the_order_in_which_keys_became_ready()
    {
        _queue.AddAfter("late", TimeSpan.FromSeconds(2));
        _queue.AddAfter("early", TimeSpan.FromSeconds(1));
        _queue.Add("now");
        _time.Advance(TimeSpan.FromSeconds(3));

        var order = Enumerable.Range(0, 3).Select(_ => _queue.GetAsync(Cancellation)).ToArray();

        Assert.All(order, key => Assert.True(key.IsCompletedSuccessfully));
        Assert.Equal(["now", "early", "late"], order.Select(key => key.GetAwaiter().GetResult()));
    }

    [Fact]
    public async Task Hides_no_key_behind_many_cancelled_delays()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _queue.AddAfter("busy", TimeSpan.FromHours(1));
            _queue.Add("busy");
            await _queue.GetAsync(Cancellation);
            _queue.Done("busy");
        }

        _queue.AddAfter("other", TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("other", await _queue.GetAsync(Cancellation));
    }

    [Fact]
    public async Task Counts_by_the_names_of_controller_runtime()
    {
        _queue.Add("a");
        _queue.Add("b");
        _time.Advance(TimeSpan.FromSeconds(5));
        await _queue.GetAsync(Cancellation);
        _time.Advance(TimeSpan.FromSeconds(50));
        _queue.Done("a");
        _queue.AddRateLimited("a");

        var text = new StringWriter();
        _metrics.WriteText(text);
        Assert.Contains("workqueue_depth{name=\"test\"} 1\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_adds_total{name=\"test\"} 2\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_retries_total{name=\"test\"} 1\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_queue_duration_seconds_sum{name=\"test\"} 5\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("workqueue_work_duration_seconds_sum{name=\"test\"} 50\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_how_long_work_goes_on_that_has_not_ended()
    {
        _queue.Add("a");
        _queue.Add("b");
        await _queue.GetAsync(Cancellation);
        _time.Advance(TimeSpan.FromSeconds(30));
        await _queue.GetAsync(Cancellation);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains("workqueue_unfinished_work_seconds{name=\"test\"} 50\n", await CollectAsync(), StringComparison.Ordinal);
        Assert.Contains("workqueue_longest_running_processor_seconds{name=\"test\"} 40\n", await CollectAsync(), StringComparison.Ordinal);

        _queue.Done("a");
        _queue.Done("b");
        Assert.Contains("workqueue_unfinished_work_seconds{name=\"test\"} 0\n", await CollectAsync(), StringComparison.Ordinal);
    }

    private async Task<string> CollectAsync()
    {
        var text = new StringWriter();
        await _metrics.CollectAsync(text, Cancellation);
        return text.ToString();
    }

    [Fact]
    public async Task Loses_no_key_and_never_works_on_one_twice_at_once_under_load()
    {
        using var queue = new WorkQueue<int>("load", BackOff.Default, _metrics, TimeProvider.System);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (working, overlaps, wanted, seen) = (new int[50], 0, new int[50], new int[50]);
        var workers = Enumerable.Range(0, 8).Select(async _ =>
        {
            while (true)
            {
                var key = await queue.GetAsync(end.Token);
                overlaps += Interlocked.Increment(ref working[key]) > 1 ? 1 : 0;
                Volatile.Write(ref seen[key], Volatile.Read(ref wanted[key]));
                await Task.Yield();
                Interlocked.Decrement(ref working[key]);
                queue.Done(key);
            }
        }).ToArray();

        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), Cancellation, (i, _) =>
        {
            Interlocked.Increment(ref wanted[i % 50]);
            queue.Add(i % 50);
            return ValueTask.CompletedTask;
        });

        await Eventually.TrueAsync(() => wanted.SequenceEqual(seen), Cancellation);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(workers));
        Assert.Equal(0, overlaps);
    }
}

using System.Diagnostics.Metrics;
using Berth.Runtime.Metrics;
using Berth.Testing;

namespace Berth.Runtime.Tests.Metrics;

public sealed class MetricFactoryTests : IDisposable
{
    private readonly MetricFactory _metrics = new();

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void Writes_counters_gauges_and_histograms_in_the_text_format()
    {
        _metrics.CreateCounter("a_total", "All a.").Inc(3);
        _metrics.CreateGauge("b", "Now b.", "node").WithLabels("n1").Set(1.5);
        var histogram = _metrics.CreateHistogram("c_seconds", "How long c takes.", [0.1, 1], "verb").WithLabels("get");
        histogram.Observe(0.1);
        histogram.Observe(0.5);
        histogram.Observe(7);

        Assert.Equal(
            """
            # HELP a_total All a.
            # TYPE a_total counter
            a_total 3
            # HELP b Now b.
            # TYPE b gauge
            b{node="n1"} 1.5
            # HELP c_seconds How long c takes.
            # TYPE c_seconds histogram
            c_seconds_bucket{verb="get",le="0.1"} 1
            c_seconds_bucket{verb="get",le="1"} 2
            c_seconds_bucket{verb="get",le="+Inf"} 3
            c_seconds_sum{verb="get"} 7.6
            c_seconds_count{verb="get"} 3

            """,
            Text());
    }

    [Fact]
    public void Escapes_what_would_break_a_line()
    {
        _metrics.CreateGauge("a", "one\ntwo \\ \"three\"", "text").WithLabels("x\"y\\z\n").Set(1);

        Assert.Contains("# HELP a one\\ntwo \\\\ \"three\"\n", Text(), StringComparison.Ordinal);
        Assert.Contains("a{text=\"x\\\"y\\\\z\\n\"} 1\n", Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(1e21, "1E+21")]
    public void Writes_numbers_that_Prometheus_reads(double value, string text)
    {
        _metrics.CreateGauge("a", "").Set(value);

        Assert.Contains($"\na {text}\n", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Gives_the_same_instrument_for_the_same_name()
    {
        _metrics.CreateCounter("a_total", "", "x").WithLabels("1").Inc();
        _metrics.CreateCounter("a_total", "", "x").WithLabels("1").Inc();

        Assert.Contains("a_total{x=\"1\"} 2\n", Text(), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => _metrics.CreateGauge("a_total", "", "x"));
    }

    [Fact]
    public void Refuses_another_number_of_labels() =>
        Assert.Throws<ArgumentException>(() => _metrics.CreateCounter("a_total", "", "x", "y").WithLabels("1"));

    [Fact]
    public void Forgets_a_label_set_that_was_removed()
    {
        var gauge = _metrics.CreateGauge("a", "", "vm");
        gauge.WithLabels("one").Set(1);
        gauge.WithLabels("two").Set(1);

        gauge.RemoveLabelled("one");

        Assert.DoesNotContain("one", Text(), StringComparison.Ordinal);
        Assert.Contains("two", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Asks_callbacks_at_each_scrape_and_keeps_nothing_of_the_last_one()
    {
        string[] machines = ["one", "two"];
        _metrics.CreateGaugeCallback("vms", "", () => machines.Select(name => new Measurement<double>(1, new KeyValuePair<string, object?>("vm", name))));
        Assert.Contains("vms{vm=\"one\"} 1\nvms{vm=\"two\"} 1\n", Text(), StringComparison.Ordinal);

        machines = ["two"];

        Assert.DoesNotContain("one", Text(), StringComparison.Ordinal);
        Assert.Contains("vms{vm=\"two\"} 1\n", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gathers_before_it_asks_callbacks()
    {
        var fetched = 0.0;
        _metrics.AddBeforeCollectCallback(async _ =>
        {
            await Task.Yield();
            fetched++;
        });
        _metrics.CreateGaugeCallback("fetched", "", () => [new Measurement<double>(fetched)]);

        Assert.Contains("fetched 1\n", await CollectAsync(), StringComparison.Ordinal);
        Assert.Contains("fetched 2\n", await CollectAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrapes_at_once_share_what_is_gathered_and_one_that_gives_up_takes_nothing_from_the_other()
    {
        var (runs, gate) = (0, new TaskCompletionSource());
        _metrics.AddBeforeCollectCallback(token =>
        {
            runs++;
            return gate.Task.WaitAsync(token);
        });
        using var givesUp = new CancellationTokenSource();
        var first = _metrics.CollectAsync(TextWriter.Null, givesUp.Token);
        var second = CollectAsync();

        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(second.IsCompleted);
        gate.SetResult();
        await second;

        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task What_cannot_be_gathered_fails_the_scrape_and_not_the_next_one()
    {
        var fails = true;
        _metrics.AddBeforeCollectCallback(_ => fails ? Task.FromException(new InvalidOperationException("not there")) : Task.CompletedTask);

        await Assert.ThrowsAsync<InvalidOperationException>(CollectAsync);
        fails = false;
        await CollectAsync();
    }

    [Fact]
    public async Task A_callback_that_gives_the_same_again_costs_little()
    {
        var labels = Enumerable.Range(0, 1000).Select(i => new KeyValuePair<string, object?>[] { new("vm", $"machine-{i}") }).ToArray();
        _metrics.CreateGaugeCallback("cost", "", () => labels.Select((label, i) => new Measurement<double>(i + 0.5, label)));
        await _metrics.CollectAsync(TextWriter.Null, CancellationToken.None);

        var before = GC.GetAllocatedBytesForCurrentThread();
        _metrics.WriteText(TextWriter.Null);

        // A measurement carries its labels in an array of its own: 16 bytes for a label and 24 around it; no more than that, with some room.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 100 * labels.Length);
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_the_text()
    {
        _metrics.CreateCounter("a_total", "One \\ two\nthree.", "text").WithLabels("x\"y\\z\n").Inc(1e21);
        _metrics.CreateGauge("b_bytes", "Now b.", "node").WithLabels("n1").Set(double.NaN);
        _metrics.CreateHistogram("c_seconds", "How long c takes.", [0.1, 1], "verb").WithLabels("get").Observe(0.5);

        Assert.Equal("", await Promtool.CheckMetricsAsync(await CollectAsync(), TestContext.Current.CancellationToken));
        Assert.Contains("no help text", await Promtool.CheckMetricsAsync("# TYPE a_total counter\na_total 1\n", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void Is_seen_by_any_listener_of_the_meter()
    {
        var seen = 0.0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == MetricFactory.MeterName && instrument.Name == "only_here_total")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => seen += value);
        listener.Start();

        _metrics.CreateCounter("only_here_total", "").Inc(2);

        Assert.Equal(2, seen);
    }

    [Fact]
    public void Loses_no_increment_of_many_threads()
    {
        var counter = _metrics.CreateCounter("a_total", "", "x");
        var gauge = _metrics.CreateGauge("b", "");

        Parallel.For(0, 10_000, i =>
        {
            counter.WithLabels(i % 2 == 0 ? "even" : "odd").Inc();
            gauge.Inc();
        });

        Assert.Contains("a_total{x=\"even\"} 5000\n", Text(), StringComparison.Ordinal);
        Assert.Contains("a_total{x=\"odd\"} 5000\n", Text(), StringComparison.Ordinal);
        Assert.Contains("b 10000\n", Text(), StringComparison.Ordinal);
    }

    private string Text()
    {
        var text = new StringWriter();
        _metrics.WriteText(text);
        return text.ToString();
    }

    private async Task<string> CollectAsync()
    {
        var text = new StringWriter();
        await _metrics.CollectAsync(text, TestContext.Current.CancellationToken);
        return text.ToString();
    }
}

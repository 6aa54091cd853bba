using System.Net;
using Berth.Kubernetes;
using Berth.Runtime.Events;
using Berth.Testing;
using Berth.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.Events;

public sealed class EventPublisherTests : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private TestServer _server = null!;
    private EventPublisher _publisher = null!;
    private Widget _widget = null!;
    private int _flushes;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private FakeApiServer Fake => _server.Fake!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartFakeAsync();
        _widget = Fake.Seed(_server.NewWidget("a"));
        await StartPublisherAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopPublisherAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Says_who_saw_what_happen_to_which_object()
    {
        _publisher.Publish(_widget, EventType.Warning, "Crashed", "The guest crashed.");
        await Eventually.TrueAsync(() => Events().Count == 1, Cancellation);

        var published = Events()[0];
        Assert.Equal(("Warning", "Crashed", "The guest crashed.", 1), (published.Type, published.Reason, published.Message, published.Count));
        Assert.Equal(
            ("test.berth.dev/v1", "Widget", "a", _server.Namespace, _widget.Uid()),
            (published.InvolvedObject.ApiVersion, published.InvolvedObject.Kind, published.InvolvedObject.Name, published.InvolvedObject.Namespace, published.InvolvedObject.Uid));
        Assert.Equal(("berth-agent", "node-1", _time.GetUtcNow()), (published.Source!.Component, published.Source.Host, published.LastTimestamp));
    }

    [Fact]
    public async Task Puts_events_of_cluster_scoped_objects_into_the_default_namespace()
    {
        _publisher.Publish(new V1Node { Kind = "Node", Metadata = new V1ObjectMeta { Name = "node-1" } }, EventType.Normal, "Seen", "");

        await Eventually.TrueAsync(() => Fake.List<CoreEvent>("default").Count == 1, Cancellation);
    }

    [Fact]
    public async Task Counts_what_happens_again_and_writes_the_count_once_in_a_while()
    {
        for (var i = 0; i < 5; i++)
        {
            _publisher.Publish(_widget, EventType.Normal, "Restarted", "Again.");
        }

        await Eventually.TrueAsync(() => Events().Count == 1 && _time.PendingTimers == 1, Cancellation);
        Assert.Equal(1, Events()[0].Count);

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                return Events()[0].Count == 5;
            },
            Cancellation);

        // Two where all five were seen before the time was over, three where not.
        Assert.InRange(Fake.Writes.Count, 2, 3);
    }

    [Fact]
    public async Task Begins_a_new_event_when_the_server_has_let_the_last_one_go()
    {
        _publisher.Publish(_widget, EventType.Normal, "Started", "");
        await Eventually.TrueAsync(() => Events().Count == 1, Cancellation);
        Fake.Delete<CoreEvent>(Events()[0].Name(), _server.Namespace);
        _time.Advance(TimeSpan.FromSeconds(6));

        _publisher.Publish(_widget, EventType.Normal, "Started", "");

        await Eventually.TrueAsync(() => Events() is [{ Count: 1 }], Cancellation);
    }

    [Fact]
    public async Task Goes_on_counting_on_the_same_event_after_a_start()
    {
        _publisher.Publish(_widget, EventType.Normal, "Started", "");
        await Eventually.TrueAsync(() => Events().Count == 1, Cancellation);
        await StopPublisherAsync();
        await StartPublisherAsync();

        _publisher.Publish(_widget, EventType.Normal, "Started", "");
        _publisher.Publish(_widget, EventType.Normal, "Started", "");

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                return Events() is [{ Count: 3 }];
            },
            Cancellation);
    }

    [Fact]
    public async Task Ten_thousand_failures_of_one_object_are_a_few_events_and_writes()
    {
        await RestartAsync();
        await FailAsync(0, 10_000);

        var events = Events().Where(item => item.Reason == "StartFailed").ToList();
        Assert.InRange(events.Count, 1, 8);

        // 25 at once and one in five minutes of 10,000 s.
        Assert.InRange(WritesOfWidget(), 25, 25 + (10_000 / 300) + 1);
        Assert.All(events, item => Assert.StartsWith("(combined from similar events): attempt ", item.Message, StringComparison.Ordinal));

        // All are counted, those of the last minutes when they are written.
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMinutes(5));
                return Events().Where(item => item.Reason == "StartFailed").Sum(item => item.Count) == 10_000;
            },
            Cancellation);
    }

    [Fact]
    public async Task A_process_that_starts_over_and_over_adds_no_events()
    {
        for (var start = 0; start < 20; start++)
        {
            await RestartAsync();
            await FailAsync(start * 500, 500);
        }

        Assert.InRange(Events().Count(item => item.Reason == "StartFailed"), 1, 8);

        // For each write that is due after a start the Event is found by two requests.
        Assert.InRange(WritesOfWidget(), 25, 20 * ((25 + 2) * 2));
    }

    [Fact]
    public async Task Goes_on_after_an_event_that_could_not_be_sent()
    {
        Fake.Faults.Fail(request => request.IsWrite, HttpStatusCode.Forbidden, times: 1);
        _publisher.Publish(_widget, EventType.Normal, "Lost", "");
        _publisher.Publish(_widget, EventType.Normal, "Sent", "");

        await Eventually.TrueAsync(() => Events() is [{ Reason: "Sent" }], Cancellation);
        Assert.Contains("events_total{outcome=\"failed\"} 1\n", _server.MetricsText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drops_what_is_too_much_and_never_waits()
    {
        Fake.Faults.Delay(_ => true, TimeSpan.FromMinutes(10));
        for (var i = 0; i < 100; i++)
        {
            _publisher.Publish(_widget, EventType.Normal, "Flood", $"{i}");
        }

        // One is being sent and fifty wait; whether the first was taken before the queue was full is the scheduler's choice.
        await Eventually.TrueAsync(() => _server.MetricsText().Contains("events_total{outcome=\"dropped\"} ", StringComparison.Ordinal), Cancellation);
        Assert.Matches("events_total{outcome=\"dropped\"} (49|50)\n", _server.MetricsText());
    }

    private async Task StartPublisherAsync(int queueSize = 50)
    {
        _publisher = new EventPublisher(
            _server.Client, new EventPublisherOptions("berth-agent") { Host = "node-1", QueueSize = queueSize }, _server.Metrics, _time, NullLogger<EventPublisher>.Instance);
        await _publisher.StartAsync(Cancellation);
    }

    private async Task RestartAsync()
    {
        await StopPublisherAsync();
        await StartPublisherAsync(queueSize: 1000);
    }

    private async Task StopPublisherAsync()
    {
        await _publisher.StopAsync(CancellationToken.None);
        _publisher.Dispose();
    }

    /// <summary>Waits until the publisher has taken all that was published: it takes one after the other, and what an object of its own says last.</summary>
    private async Task FlushAsync()
    {
        _flushes++;
        var last = Fake.Seed(_server.NewWidget($"flush-{Guid.NewGuid():N}"));
        _publisher.Publish(last, EventType.Normal, "Last", "");
        await Eventually.TrueAsync(() => Fake.List<CoreEvent>(_server.Namespace).Any(item => item.InvolvedObject.Name == last.Name()), Cancellation);
    }

    /// <summary>A reconcile a second that fails, each time in other words.</summary>
    private async Task FailAsync(int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            _publisher.Publish(_widget, EventType.Warning, "StartFailed", $"attempt {i}");
            _time.Advance(TimeSpan.FromSeconds(1));
            if (i % 250 == 249)
            {
                await FlushAsync();
            }
        }

        await FlushAsync();
    }

    private int WritesOfWidget() => Fake.Writes.Count(write => write.Resource == "events") - _flushes;

    private IReadOnlyList<CoreEvent> Events() => Fake.List<CoreEvent>(_server.Namespace);
}

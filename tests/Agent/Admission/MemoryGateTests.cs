using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Host;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.Admission;

public sealed class MemoryGateTests : IDisposable
{
    private const long Mebibyte = 1 << 20;
    private static readonly Guid Guest = new("11111111-1111-1111-1111-111111111111");

    private readonly TestFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly FakeGuestMemory _guests = new();
    private readonly MemoryGate _gate;

    public MemoryGateTests() => _gate = new MemoryGate(new HostFiles(_folder.Path), _guests, _folder.Options with { MemoryReserve = Mebibyte }, _time);

    public void Dispose()
    {
        _gate.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Of_many_starts_at_once_only_as_many_pass_as_memory_holds()
    {
        HasAvailable(10);
        var starts = Enumerable.Range(0, 20).Select(_ => Guid.NewGuid()).ToList();
        var answers = await Task.WhenAll(starts.Select(id => EnterAsync(2, id)));
        Assert.Equal(4, answers.Count(answer => answer is null));
        Assert.Contains("--memory-reserve", answers.First(answer => answer is not null), StringComparison.Ordinal);
        _gate.Leave(starts[Array.IndexOf(answers, null)]);
        Pass(TimeSpan.FromMilliseconds(1));
        Assert.Null(await EnterAsync(2));
        Assert.NotNull(await EnterAsync(2));
    }

    [Fact]
    public async Task A_host_that_does_not_say_how_much_it_has_refuses_nothing() => Assert.Null(await EnterAsync(1L << 40));

    [Fact]
    public async Task Starts_that_one_answer_leaves_room_for_ask_guests_once()
    {
        HasAvailable(100);
        for (var i = 0; i < 5; i++)
        {
            Assert.Null(await EnterAsync(2));
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, _guests.Asked);
        Pass(MemoryGate.MaxAge);
        Assert.Null(await EnterAsync(2));
        Assert.Equal(2, _guests.Asked);
    }

    [Fact]
    public async Task A_refusal_by_a_new_answer_asks_guests_no_second_time()
    {
        HasAvailable(10);
        Assert.NotNull(await EnterAsync(20));
        Assert.Equal(1, _guests.Asked);
        Assert.NotNull(await EnterAsync(20));
        Assert.Equal(2, _guests.Asked);
    }

    [Fact]
    public async Task What_a_guest_gave_back_meanwhile_is_not_taken_for_free()
    {
        HasAvailable(20);
        Runs(promised: 30, resident: 30);
        Assert.Null(await EnterAsync(1));
        Pass(TimeSpan.FromSeconds(1));

        // It gives back 20, and may take them again: 19 are left, of which the host keeps 1.
        HasAvailable(40);
        Runs(promised: 30, resident: 10);
        Assert.NotNull(await EnterAsync(19));
        Assert.Null(await EnterAsync(18));
    }

    [Fact]
    public async Task What_others_took_meanwhile_is_not_taken_for_free()
    {
        HasAvailable(20);
        Assert.Null(await EnterAsync(1));
        HasAvailable(10);
        Assert.NotNull(await EnterAsync(9));
        Assert.Null(await EnterAsync(8));
    }

    [Fact]
    public async Task What_a_guest_took_of_its_promise_meanwhile_refuses_nothing()
    {
        HasAvailable(20);
        Runs(promised: 10, resident: 0);
        Assert.Null(await EnterAsync(1));
        HasAvailable(10);
        Runs(promised: 10, resident: 10);
        Assert.Null(await EnterAsync(8));
    }

    [Fact]
    public async Task A_guest_that_has_started_counts_until_guests_are_asked_again_and_then_as_they_say()
    {
        HasAvailable(21);
        Assert.Null(await EnterAsync(15, Guest));
        Pass(TimeSpan.FromSeconds(1));
        _gate.Leave(Guest);
        Runs(promised: 15, resident: 0);
        Assert.NotNull(await EnterAsync(6, Guid.NewGuid()));
        Pass(TimeSpan.FromSeconds(1));
        HasAvailable(12);
        Runs(promised: 15, resident: 9);
        Assert.Null(await EnterAsync(5, Guid.NewGuid()));
    }

    private Task<string?> EnterAsync(long mebibytes, Guid? id = null) => _gate.EnterAsync(id ?? Guid.NewGuid(), mebibytes * Mebibyte, TestContext.Current.CancellationToken);

    private void HasAvailable(long mebibytes) => _folder.Write("proc/meminfo", $"MemAvailable: {mebibytes << 10} kB\n");

    private void Runs(long promised, long resident) => _guests.Running = [new GuestPromise(Guest, promised * Mebibyte, resident * Mebibyte)];

    private void Pass(TimeSpan time) => _time.Advance(time);
}

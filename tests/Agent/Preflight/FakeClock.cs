using Berth.NodeAgent.Preflight;

namespace Berth.NodeAgent.Tests;

/// <summary>A clock of which the kernel says what the test wants.</summary>
internal sealed class FakeClock(bool? synchronized) : IHostClock
{
    public bool? IsSynchronized() => synchronized;
}

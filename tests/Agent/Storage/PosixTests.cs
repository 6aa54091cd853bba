using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Tests.Storage;

public sealed class PosixTests
{
    [Fact]
    public void A_full_device_is_told_from_other_failures()
    {
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Assert.True(Posix.IsForWantOfSpace(Assert.ThrowsAny<IOException>(() => full.Write(new byte[512]))));
        Assert.False(Posix.IsForWantOfSpace(Assert.ThrowsAny<IOException>(() => File.ReadAllBytes("/proc/self/no-such-file"))));
    }
}

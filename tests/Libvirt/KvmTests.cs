using Berth.Libvirt.Kvm;

namespace Berth.Libvirt.Tests;

public sealed class KvmTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_check_says_usable_with_figures_or_not_usable_with_a_reason()
    {
        var check = await KvmDevice.CheckAsync(
            KvmDevice.DefaultPath, TimeSpan.FromSeconds(5), TimeProvider.System, Cancel);

        TestContext.Current.SendDiagnosticMessage($"{check}");
        Assert.Equal(check.IsUsable, check.Reason.Length == 0);
        if (check.IsUsable)
        {
            Assert.Equal(12, check.ApiVersion);
            Assert.True(check is { MaximumVcpus: > 0, MemorySlots: > 0 });
        }
    }

    [Fact]
    public async Task A_missing_device_is_not_usable_and_named()
    {
        var check = await KvmDevice.CheckAsync("/nowhere/kvm", TimeSpan.FromSeconds(5), TimeProvider.System, Cancel);

        Assert.False(check.IsUsable);
        Assert.Null(check.ApiVersion);
        Assert.Contains("/nowhere/kvm", check.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_is_not_KVM_is_not_usable_and_the_failed_step_named()
    {
        var check = await KvmDevice.CheckAsync("/dev/null", TimeSpan.FromSeconds(5), TimeProvider.System, Cancel);

        Assert.False(check.IsUsable);
        Assert.Contains("KVM_GET_API_VERSION", check.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_does_not_end_is_not_usable()
    {
        Assert.SkipUnless(File.Exists(KvmDevice.DefaultPath), "this machine has no KVM, so nothing is checked that could last");
        var check = await KvmDevice.CheckAsync(KvmDevice.DefaultPath, TimeSpan.Zero, TimeProvider.System, Cancel);

        Assert.False(check.IsUsable);
        Assert.Contains("did not end", check.Reason, StringComparison.Ordinal);
    }
}

using Berth.Libvirt;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.Admission;

namespace Berth.NodeAgent.Tests.Admission;

public sealed class HostGuestMemoryTests(PrivateHost libvirt) : IClassFixture<PrivateHost>
{
    private const long Mebibyte = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_guest_is_promised_its_memory_and_more_and_holds_what_its_QEMU_does()
    {
        await using var connection = await libvirt.OpenAsync();
        var guests = new HostGuestMemory(connection);
        var domain = await connection.Domains.DefineAsync(
            "<domain type='qemu'><name>memory</name><memory unit='MiB'>512</memory><vcpu>2</vcpu><os><type>hvm</type></os></domain>", validate: false, Token);
        Assert.Empty(await guests.ListAsync(Token));
        await connection.Domains.StartAsync(domain, DomainStartOptions.None, Token);

        var guest = Assert.Single(await guests.ListAsync(Token));

        // 512 MiB, 64 for QEMU, 32 for translated code, 8 for each vCPU, 1 for page tables.
        Assert.Equal((domain, 625 * Mebibyte), (guest.Id, guest.Promised));
        Assert.InRange(guest.Resident, 5 * Mebibyte, 400 * Mebibyte);
        await connection.Domains.DestroyAsync(domain, graceful: false, Token);
        await connection.Domains.UndefineAsync(domain, DomainUndefineOptions.None, Token);
    }
}

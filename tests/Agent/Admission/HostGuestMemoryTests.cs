using System.Diagnostics;
using Berth.Libvirt;
using Berth.Libvirt.Tests.Daemon;
using Berth.NodeAgent.Admission;

namespace Berth.NodeAgent.Tests.Admission;

public sealed class HostGuestMemoryTests(PrivateHost libvirt) : IClassFixture<PrivateHost>
{
    private const long Mebibyte = 1 << 20;

    /// <summary>512 MiB, 64 for QEMU, 32 for translated code, 8 for each vCPU, 1 for page tables.</summary>
    private const long Promised = 625 * Mebibyte;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_guest_is_promised_its_memory_and_more_and_holds_what_its_QEMU_does()
    {
        await using var connection = await libvirt.OpenAsync();
        var guests = new HostGuestMemory(connection, TimeProvider.System);
        Assert.Empty(await guests.ListAsync(Token));
        var id = await StartAsync(connection, "memory");

        var guest = Assert.Single(await guests.ListAsync(Token));
        Assert.Equal((id, Promised), (guest.Id, guest.Promised));
        Assert.InRange(guest.Resident, 5 * Mebibyte, 400 * Mebibyte);
        await connection.Domains.DestroyAsync(id, graceful: false, Token);
    }

    [Fact]
    public async Task A_QEMU_that_hangs_holds_nobody_up_and_counts_as_if_it_had_taken_nothing()
    {
        await using var connection = await libvirt.OpenAsync();
        var guests = new HostGuestMemory(connection, TimeProvider.System);
        var (hung, well) = (await StartAsync(connection, "hung"), await StartAsync(connection, "well"));
        await QemuSignal.SendAsync("STOP", hung, Token);
        try
        {
            var clock = Stopwatch.StartNew();
            var all = await guests.ListAsync(Token);

            // Some room for a busy machine; the call that hangs would take 40 s.
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, HostGuestMemory.Patience + TimeSpan.FromSeconds(15));
            Assert.Equal((Promised, 0), all.Where(guest => guest.Id == hung).Select(guest => (guest.Promised, guest.Resident)).Single());
            Assert.InRange(all.Single(guest => guest.Id == well).Resident, 5 * Mebibyte, 400 * Mebibyte);
        }
        finally
        {
            await QemuSignal.SendAsync("CONT", hung, Token);
            await connection.Domains.DestroyAsync(hung, graceful: false, Token);
            await connection.Domains.DestroyAsync(well, graceful: false, Token);
        }
    }

    private static Task<Guid> StartAsync(LibvirtConnection connection, string name) => connection.Domains.CreateAsync(
        $"<domain type='qemu'><name>{name}</name><memory unit='MiB'>512</memory><vcpu>2</vcpu><os><type>hvm</type></os></domain>", DomainStartOptions.None, Token);
}

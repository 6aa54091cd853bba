using System.Runtime.InteropServices;
using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

// What the guest itself knows.
public sealed partial class LibvirtDomains
{
    private const uint ForceConsole = 1 << 0;
    private const uint NonBlocking = 1 << 0;

    /// <summary>Reads the guest's interfaces and their addresses; null if there is no such domain.</summary>
    public Task<IReadOnlyList<DomainInterface>?> GetInterfaceAddressesAsync(
        Guid uuid, InterfaceAddressSource source, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<DomainInterface>>(
            LibvirtLane.Guest, uuid, domain => ReadInterfaces(domain, source), cancellationToken);

    /// <summary>Sends a command to QEMU's guest agent and returns its JSON answer.</summary>
    /// <param name="timeout">How long libvirt waits for the agent, in whole seconds of at least one.</param>
    /// <exception cref="LibvirtException">AgentUnresponsive when no agent answers; NoSupport where the hypervisor is not QEMU.</exception>
    public Task<string> RunAgentCommandAsync(
        Guid uuid, string command, TimeSpan timeout, CancellationToken cancellationToken) =>
        ChangeAsync(LibvirtLane.Guest, uuid, domain => RunAgentCommand(domain, command, timeout), cancellationToken);

    /// <summary>Opens a console of a running domain; one that somebody else holds is taken over.</summary>
    /// <param name="device">The device's alias; null means the first console.</param>
    public async Task<LibvirtConsole> OpenConsoleAsync(
        Guid uuid, string? device, CancellationToken cancellationToken)
    {
        var console = new LibvirtConsole(_connection);
        try
        {
            await _connection.InvokeOnAnotherAsync(
                connection =>
                {
                    using var domain = Lookup(connection, uuid) ?? throw Missing(uuid);
                    console.Attach(
                        Check(virStreamNew(connection, NonBlocking)),
                        stream => Check(virDomainOpenConsole(domain, device, stream, ForceConsole)));
                },
                cancellationToken).ConfigureAwait(false);
            return console;
        }
        catch
        {
            await console.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes a picture of a running guest's screen to the target.</summary>
    /// <param name="screen">The number of the screen, from 0.</param>
    /// <returns>The picture's MIME type, such as "image/png".</returns>
    public Task<string> TakeScreenshotAsync(
        Guid uuid, int screen, Stream target, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Guest,
            connection =>
            {
                using var domain = Lookup(connection, uuid) ?? throw Missing(uuid);
                using var stream = Check(virStreamNew(connection, 0));
                var type = BeginScreenshot(domain, stream, screen);
                StreamCopy.Download(stream, target, null, cancellationToken);
                return type;
            },
            cancellationToken);

    private static unsafe string BeginScreenshot(VirDomainHandle domain, VirStreamHandle stream, int screen) =>
        TakeString(virDomainScreenshot(domain, stream, (uint)screen, 0));

    private static unsafe string RunAgentCommand(VirDomainHandle domain, string command, TimeSpan timeout) =>
        TakeString(
            LibvirtQemuNative.virDomainQemuAgentCommand(
                domain, command, Math.Max(1, (int)Math.Ceiling(timeout.TotalSeconds)), 0),
            "virDomainQemuAgentCommand");

    private static unsafe List<DomainInterface> ReadInterfaces(VirDomainHandle domain, InterfaceAddressSource source)
    {
        var count = Check(virDomainInterfaceAddresses(domain, out var found, (uint)source, 0));
        var interfaces = new List<DomainInterface>(count);
        for (var i = 0; i < count; i++)
        {
            var native = found[i];
            var addresses = new List<InterfaceAddress>((int)native->Naddrs);
            for (var j = 0; j < native->Naddrs; j++)
            {
                addresses.Add(new InterfaceAddress(Text(native->Addrs[j].Addr), (int)native->Addrs[j].Prefix));
            }

            interfaces.Add(new DomainInterface(Text(native->Name), TextOrNull(native->Hwaddr), addresses));
            virDomainInterfaceFree(native);
        }

        NativeMemory.Free(found);
        return interfaces;
    }
}

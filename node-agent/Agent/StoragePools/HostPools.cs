using System.Xml.Linq;
using Berth.Libvirt;

namespace Berth.NodeAgent.StoragePools;

/// <summary>The pools role over libvirt.</summary>
internal sealed class HostPools(LibvirtConnection libvirt) : IHostPools
{
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await LibvirtCalls.OfAsync(libvirt.StoragePools.ListAsync(cancellationToken))).Select(pool => pool.Name)];

    public async Task<HostPool?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (await LibvirtCalls.OfAsync(libvirt.StoragePools.FindAsync(name, cancellationToken)) is not { } pool
            || await LibvirtCalls.OfAsync(libvirt.StoragePools.GetXmlAsync(name, cancellationToken)) is not { } xml)
        {
            return null;
        }

        return new HostPool(pool.Uuid, pool.Name, XElement.Parse(xml).Element("target")?.Element("path")?.Value, pool.IsActive);
    }

    public Task DefineAsync(string xml, CancellationToken cancellationToken) =>
        LibvirtCalls.OfAsync(libvirt.StoragePools.DefineAsync(xml, cancellationToken));

    public Task StartAsync(string name, CancellationToken cancellationToken) =>
        LibvirtCalls.OfAsync(libvirt.StoragePools.StartAsync(name, cancellationToken));

    public Task RefreshAsync(string name, CancellationToken cancellationToken) =>
        LibvirtCalls.OfAsync(libvirt.StoragePools.RefreshAsync(name, cancellationToken));

    public async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await LibvirtCalls.OfAsync(libvirt.StoragePools.DestroyAsync(name, cancellationToken));
        await LibvirtCalls.OfAsync(libvirt.StoragePools.UndefineAsync(name, cancellationToken));
    }
}

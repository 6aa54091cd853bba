using System.Xml.Linq;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>libvirt's domains behind a look at each document: no path of it leads out of the agent's folders.</summary>
internal sealed class WatchedDomains(IDomains inner, IReadOnlyList<string> folders) : IDomains
{
    /// <summary>Attributes and elements of a domain that QEMU or libvirt open.</summary>
    private static readonly string[] OpenedAttributes = ["file", "dev", "dir", "path", "socket"];
    private static readonly string[] OpenedElements = ["kernel", "initrd", "loader", "nvram", "dtb"];

    /// <summary>Documents that libvirt took.</summary>
    public int Defined { get; private set; }

    /// <summary>Paths that lead elsewhere.</summary>
    public List<string> Escapes { get; } = [];

    public async Task DefineAsync(string xml, CancellationToken cancellationToken)
    {
        Escapes.AddRange(PathsOf(XDocument.Parse(xml, LoadOptions.PreserveWhitespace).Root!).Where(path => !IsInside(path)));
        await inner.DefineAsync(xml, cancellationToken);
        Defined++;
    }

    public Task<IReadOnlyList<ListedDomain>> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    public Task<DomainOwner?> FindOwnerAsync(Guid id, CancellationToken cancellationToken) => inner.FindOwnerAsync(id, cancellationToken);

    public Task<Domain?> FindAsync(Guid id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

    public Task<Domain?> FindByNameAsync(string name, CancellationToken cancellationToken) => inner.FindByNameAsync(name, cancellationToken);

    public Task StartAsync(Guid id, CancellationToken cancellationToken) => inner.StartAsync(id, cancellationToken);

    public Task ResumeAsync(Guid id, CancellationToken cancellationToken) => inner.ResumeAsync(id, cancellationToken);

    public Task ShutdownAsync(Guid id, CancellationToken cancellationToken) => inner.ShutdownAsync(id, cancellationToken);

    public Task DestroyAsync(Guid id, CancellationToken cancellationToken) => inner.DestroyAsync(id, cancellationToken);

    public Task UndefineAsync(Guid id, CancellationToken cancellationToken) => inner.UndefineAsync(id, cancellationToken);

    public Task SetOwnerAsync(Guid id, DomainOwner owner, CancellationToken cancellationToken) => inner.SetOwnerAsync(id, owner, cancellationToken);

    public Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> AddressesAsync(Guid id, CancellationToken cancellationToken) => inner.AddressesAsync(id, cancellationToken);

    private static IEnumerable<string> PathsOf(XElement domain) =>
        domain.Descendants().Where(element => element.Name.LocalName is not "target" and not "boot").SelectMany(element => element.Attributes())
            .Where(attribute => OpenedAttributes.Contains(attribute.Name.LocalName)).Select(attribute => attribute.Value)
            .Concat(domain.Descendants().Where(element => OpenedElements.Contains(element.Name.LocalName)).Select(element => element.Value));

    private bool IsInside(string path) => Path.GetFullPath(path) == path && folders.Contains(Path.GetDirectoryName(path));
}

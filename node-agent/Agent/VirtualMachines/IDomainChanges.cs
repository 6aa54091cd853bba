namespace Berth.NodeAgent.VirtualMachines;

/// <summary>What libvirt says has changed. It names what to look at, never how things are.</summary>
internal interface IDomainChanges
{
    /// <summary>Changes from now on, in their order. Never ends by itself.</summary>
    IAsyncEnumerable<DomainChange> ReadAllAsync(CancellationToken cancellationToken);
}

/// <summary>Something to look at.</summary>
internal abstract record DomainChange
{
    private DomainChange()
    {
    }

    /// <summary>Something happened to the domain of this name.</summary>
    public sealed record Of(string Name) : DomainChange;

    /// <summary>Anything may have happened: libvirt is (back) there, or changes were missed.</summary>
    public sealed record Everything : DomainChange;

    /// <summary>libvirt is not reached any more.</summary>
    public sealed record Lost : DomainChange;
}

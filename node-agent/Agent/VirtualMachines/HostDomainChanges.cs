using System.Runtime.CompilerServices;
using Berth.Libvirt;

namespace Berth.NodeAgent.VirtualMachines;

/// <summary>The events of the host's libvirt.</summary>
internal sealed class HostDomainChanges(LibvirtConnection connection) : IDomainChanges
{
    public async IAsyncEnumerable<DomainChange> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var subscription = connection.Subscribe();
        await connection.WaitUntilConnectedAsync(cancellationToken);
        yield return new DomainChange.Everything();
        await foreach (var occurred in subscription.Events.ReadAllAsync(cancellationToken))
        {
            if (Translate(occurred) is { } change)
            {
                yield return change;
            }
        }
    }

    private static DomainChange? Translate(LibvirtEvent occurred) => occurred switch
    {
        ConnectionLost => new DomainChange.Lost(),
        ConnectionRestored or EventsDropped => new DomainChange.Everything(),
        DomainEvent domain => new DomainChange.Of(domain.Name),
        _ => null,
    };
}

using System.Collections.Immutable;

namespace Berth.Libvirt;

/// <summary>Hands every event to every subscription; called by libvirt's event thread, so it never blocks.</summary>
internal sealed class EventSink(int capacity)
{
    private ImmutableArray<LibvirtSubscription> _subscriptions = [];

    internal LibvirtSubscription Subscribe()
    {
        var subscription = new LibvirtSubscription(this, capacity);
        ImmutableInterlocked.Update(ref _subscriptions, static (all, added) => all.Add(added), subscription);
        return subscription;
    }

    internal void Unsubscribe(LibvirtSubscription subscription) =>
        ImmutableInterlocked.Update(ref _subscriptions, static (all, removed) => all.Remove(removed), subscription);

    internal void Publish(LibvirtEvent occurred)
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Offer(occurred);
        }
    }

    internal void Complete()
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Dispose();
        }
    }
}

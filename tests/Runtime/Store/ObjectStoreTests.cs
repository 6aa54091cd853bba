using Berth.Kubernetes;
using Berth.Runtime.Store;

namespace Berth.Runtime.Tests.Store;

/// <summary>Which of two states of an object holds.</summary>
public sealed class ObjectStoreTests
{
    private readonly ObjectStore<Widget> _store = new(addsObserved: true, onlyNamespace: null);

    [Fact]
    public void Ignores_an_event_that_is_older_than_an_own_write()
    {
        _store.FinishList([], "10", false);
        _store.Observe(At(20, size: 2));

        _store.Upsert(At(15, size: 1));

        Assert.Equal(2, Size());
    }

    [Fact]
    public void Ignores_the_deletion_of_an_older_object_of_the_name()
    {
        _store.FinishList([], "10", false);
        _store.Observe(At(20, size: 2));

        _store.Remove(At(15));

        Assert.Equal(2, Size());
    }

    [Fact]
    public void Keeps_an_own_write_that_is_newer_than_a_list()
    {
        _store.FinishList([], "10", false);
        _store.Observe(At(20, size: 2));

        _store.FinishList([], "15", isAuthoritative: false);
        Assert.Equal(2, Size());

        _store.FinishList([], "25", isAuthoritative: false);
        Assert.Null(Size());
    }

    [Fact]
    public void Believes_the_list_of_a_server_that_was_restored_to_an_older_state()
    {
        _store.Upsert(At(500, size: 5));

        _store.UpsertListed(At(100, size: 1), isAuthoritative: true);
        Assert.Equal(1, Size());

        _store.Upsert(At(600, "b"));
        _store.FinishList([new ObjectKey("default", "a")], "101", isAuthoritative: true);
        Assert.Equal(1, _store.Count);
    }

    [Fact]
    public void Does_not_take_over_an_own_write_that_a_selector_may_not_name()
    {
        var selected = new ObjectStore<Widget>(addsObserved: false, onlyNamespace: null);
        selected.FinishList([], "10", false);

        selected.Observe(At(20));
        Assert.Equal(0, selected.Count);

        selected.Upsert(At(21));
        selected.Observe(At(22, size: 9));
        Assert.Equal(9, selected.Get(new ObjectKey("default", "a"))!.Spec.Size);
    }

    [Fact]
    public void Does_not_take_over_an_own_write_in_another_namespace()
    {
        var narrow = new ObjectStore<Widget>(addsObserved: true, onlyNamespace: "other");
        narrow.FinishList([], "10", false);

        narrow.Observe(At(20));

        Assert.Equal(0, narrow.Count);
    }

    [Fact]
    public void Tells_nothing_when_nothing_changed()
    {
        var changes = 0;
        _store.Upsert(At(20));
        _store.Subscribe(_ => changes++);
        changes = 0;

        _store.Observe(At(20));
        _store.UpsertListed(At(20), isAuthoritative: false);
        _store.Upsert(At(20));

        Assert.Equal(0, changes);
    }

    private int? Size() => _store.Get(new ObjectKey("default", "a"))?.Spec.Size;

    private static Widget At(int version, string name = "a", int size = 1)
    {
        var widget = Widget.Named(name, size: size);
        widget.Metadata.ResourceVersion = $"{version}";
        widget.Metadata.Uid = "uid";
        return widget;
    }
}

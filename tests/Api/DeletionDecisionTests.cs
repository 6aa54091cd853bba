using Berth.Kubernetes;

namespace Berth.Api.Tests;

public sealed class DeletionDecisionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_object_that_is_deleted_under_its_definition_goes() =>
        Assert.Equal(DeletionChoice.CarryOut, Decide(Machine(), Definition()).Choice);

    [Fact]
    public void A_definition_that_is_being_deleted_holds_whatever_was_deleted_before_or_after_it()
    {
        foreach (var minutes in new[] { -30, 0, 30 })
        {
            var held = Decide(Machine(), Definition(deleted: Noon.AddMinutes(minutes)));
            Assert.Equal(DeletionChoice.Hold, held.Choice);
            Assert.Contains("CustomResourceDefinition virtualmachines.berth.dev is being deleted", held.Message, StringComparison.Ordinal);
            Assert.Contains("berth.dev/confirm-deletion=uid-1", held.Message, StringComparison.Ordinal);
            Assert.Contains("berth.dev/orphan=uid-1", held.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_definition_that_is_gone_holds() => Assert.Equal(DeletionChoice.Hold, Decide(Machine(), null).Choice);

    [Theory]
    [InlineData(-60, 1, DeletionChoice.Hold)]
    [InlineData(-60, -4, DeletionChoice.Hold)]
    [InlineData(-60, -5, DeletionChoice.CarryOut)]
    [InlineData(-3, -4, DeletionChoice.CarryOut)]
    public void A_definition_that_was_made_anew_holds_what_is_older_and_was_not_clearly_deleted_since(int made, int defined, DeletionChoice expected) =>
        Assert.Equal(expected, Decide(Machine(created: Noon.AddMinutes(made)), Definition(created: Noon.AddMinutes(defined))).Choice);

    [Fact]
    public void A_persons_word_counts_when_it_names_the_object()
    {
        var definition = Definition(deleted: Noon);
        Assert.Equal(DeletionChoice.CarryOut, Decide(Machine(annotation: (BerthAnnotations.ConfirmDeletion, "uid-1")), definition).Choice);
        Assert.Equal(DeletionChoice.Orphan, Decide(Machine(annotation: (BerthAnnotations.Orphan, "uid-1")), definition).Choice);
        Assert.Equal(DeletionChoice.Hold, Decide(Machine(annotation: (BerthAnnotations.ConfirmDeletion, "true")), definition).Choice);
        Assert.Equal(DeletionChoice.Hold, Decide(Machine(annotation: (BerthAnnotations.ConfirmDeletion, "uid-0")), definition).Choice);
    }

    [Fact]
    public void What_is_not_held_cannot_be_left_behind() =>
        Assert.Equal(DeletionChoice.CarryOut, Decide(Machine(annotation: (BerthAnnotations.Orphan, "uid-1")), Definition()).Choice);

    [Fact]
    public void What_the_server_does_not_bear_out_is_looked_at_again()
    {
        Assert.Equal(DeletionChoice.LookAgain, DeletionDecision.Of(Machine(), null, Definition()).Choice);
        Assert.Equal(DeletionChoice.LookAgain, DeletionDecision.Of(Machine(), Machine(uid: "uid-2"), Definition()).Choice);
        Assert.Equal(DeletionChoice.LookAgain, DeletionDecision.Of(Machine(), Machine(deleted: false), Definition()).Choice);
    }

    [Fact]
    public void A_volume_that_was_made_for_a_VM_goes_with_it_and_not_otherwise()
    {
        var volume = new StorageVolume { Metadata = new V1ObjectMeta { Name = "web-root", Uid = "uid-9", OwnerReferences = [Machine().OwnerReference()] } };
        var wanted = new DeletionDecision(DeletionChoice.CarryOut, "");

        Assert.Equal(DeletionChoice.CarryOut, wanted.ByOwner(volume, Machine(), Definition()).Choice);
        Assert.Equal(DeletionChoice.Hold, wanted.ByOwner(volume, null, Definition()).Choice);
        Assert.Equal(DeletionChoice.Hold, wanted.ByOwner(volume, Machine(uid: "uid-2"), Definition()).Choice);
        Assert.Equal(DeletionChoice.Hold, wanted.ByOwner(volume, Machine(deleted: false), Definition()).Choice);
        Assert.Equal(DeletionChoice.Hold, wanted.ByOwner(volume, Machine(), Definition(deleted: Noon)).Choice);
        Assert.Equal(DeletionChoice.Hold, wanted.ByOwner(volume, Machine(), null).Choice);
        Assert.Equal(DeletionChoice.CarryOut, wanted.ByOwner(volume, Machine(annotation: (BerthAnnotations.ConfirmDeletion, "uid-1")), null).Choice);
        Assert.Equal(DeletionChoice.CarryOut, wanted.ByOwner(new StorageVolume(), null, null).Choice);
    }

    private static DeletionDecision Decide(VirtualMachine machine, V1CustomResourceDefinition? definition) => DeletionDecision.Of(machine, machine, definition);

    private static VirtualMachine Machine(string uid = "uid-1", bool deleted = true, DateTimeOffset? created = null, (string Key, string Value)? annotation = null) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = "web",
            Uid = uid,
            CreationTimestamp = created ?? Noon.AddHours(-1),
            DeletionTimestamp = deleted ? Noon : null,
            Annotations = annotation is { } set ? new Dictionary<string, string> { [set.Key] = set.Value } : null,
        },
    };

    private static V1CustomResourceDefinition Definition(DateTimeOffset? created = null, DateTimeOffset? deleted = null) => new()
    {
        Metadata = new V1ObjectMeta { Name = "virtualmachines.berth.dev", CreationTimestamp = created ?? Noon.AddDays(-1), DeletionTimestamp = deleted },
    };
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Domains;
using Berth.NodeAgent.Hypervisors;
using Berth.NodeAgent.VirtualMachines;
using Berth.Testing;

namespace Berth.NodeAgent.Tests.VirtualMachines;

public sealed class DecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Always", "Shutdown", "Restart")]
    [InlineData("Always", "Destroyed", "Restart")]
    [InlineData("Always", "Crashed", "Restart")]
    [InlineData("OnFailure", "Shutdown", "Complete")]
    [InlineData("OnFailure", "Destroyed", "Complete")]
    [InlineData("OnFailure", "Crashed", "Restart")]
    [InlineData("Never", "Shutdown", "Complete")]
    [InlineData("Never", "Crashed", "Crash")]
    [InlineData("Never", "Unknown", "Start")]
    [InlineData("Never", "Failed", "Start")]
    [InlineData("OnFailure", "Unknown", "Start")]
    [InlineData("Always", "Unknown", "Start")]
    public void RestartPolicy_decides_by_how_the_guest_ended(string policy, string end, string expected) =>
        Assert.Equal(Enum.Parse<AfterEnd>(expected), RestartDecision.Of(policy, Enum.Parse<DomainEnd>(end)));

    // live: none, other (UID), and otherwise node/epoch/releasedEpoch and whether it is being deleted. The domain has epoch 3.
    [Theory]
    [InlineData("none", "Orphan")]
    [InlineData("other", "Orphan")]
    [InlineData("elsewhere/4/0", "Destroy")]
    [InlineData("elsewhere/4/0/deleting", "Destroy")]
    [InlineData("elsewhere/3/0", "Leave")]
    [InlineData("elsewhere/2/0/deleting", "Leave")]
    [InlineData("here/3/0", "Held")]
    [InlineData("here/2/0", "Held")]
    [InlineData("here/4/0/deleting", "Held")]
    [InlineData("here/3/3", "Leave")]
    [InlineData("here/3/3/deleting", "ShutDown")]
    [InlineData("/3/3", "Leave")]
    [InlineData("/3/3/deleting", "ShutDown")]
    [InlineData("/2/2/deleting", "Leave")]
    public void A_stray_domain_is_touched_only_on_proof(string live, string expected)
    {
        var owner = new DomainOwner { Namespace = "ns", Name = "vm", Uid = "u", Cluster = "c", Epoch = 3 };
        Assert.Equal(Enum.Parse<StrayDecision>(expected), StrayDecisions.Of(Live(live), owner, "here", host: null));
    }

    // record: the epoch of a record on the node, for this VM. The domain has epoch 3.
    [Theory]
    [InlineData("none", 3, "Destroy")]
    [InlineData("none", 4, "Destroy")]
    [InlineData("none", 2, "Orphan")]
    [InlineData("other", 3, "Destroy")]
    [InlineData("/3/0", 3, "Destroy")]
    [InlineData("/3/0/deleting", 3, "Destroy")]
    [InlineData("/3/0", 2, "Leave")]
    [InlineData("/2/0", 3, "Leave")]
    [InlineData("here/3/0", 3, "Held")]
    [InlineData("here/4/0", 3, "Held")]
    [InlineData("elsewhere/4/0", 3, "Destroy")]
    [InlineData("elsewhere/3/0", 3, "Leave")]
    [InlineData("elsewhere/2/0", 3, "Leave")]
    public void A_release_record_is_proof_for_its_epoch_and_older_ones(string live, long record, string expected)
    {
        var owner = new DomainOwner { Namespace = "ns", Name = "vm", Uid = "u", Cluster = "c", Epoch = 3 };
        Assert.Equal(Enum.Parse<StrayDecision>(expected), StrayDecisions.Of(Live(live), owner, "here", Recorded("u", record, "here")));
    }

    [Fact]
    public void A_record_of_another_vm_or_node_is_no_proof()
    {
        var owner = new DomainOwner { Namespace = "ns", Name = "vm", Uid = "u", Cluster = "c", Epoch = 3 };
        Assert.Equal(StrayDecision.Orphan, StrayDecisions.Of(null, owner, "here", Recorded("other", 9, "here")));
        Assert.Equal(StrayDecision.Orphan, StrayDecisions.Of(null, owner, "here", Recorded("u", 9, "elsewhere")));
    }

    [Fact]
    public void A_forged_half_of_a_binding_moves_nobody()
    {
        var owner = new DomainOwner { Namespace = "ns", Name = "vm", Uid = "u", Cluster = "c", Epoch = 3 };
        var bound = Live("elsewhere/4/0")!;
        Assert.Equal(StrayDecision.Leave, StrayDecisions.Of(bound with { Metadata = bound.Metadata with { Labels = new Dictionary<string, string> { [BerthLabels.Node] = "here" } } }, owner, "here", null));
        Assert.Equal(StrayDecision.Leave, StrayDecisions.Of(bound with { Metadata = bound.Metadata with { Finalizers = null } }, owner, "here", null));
    }

    [Theory]
    [InlineData("none", "Remove")]
    [InlineData("other", "Remove")]
    [InlineData("here/3/0", "Held")]
    [InlineData("/3/3", "Leave")]
    [InlineData("elsewhere/3/0", "Leave")]
    public void Only_an_orphan_is_removed_on_request(string live, string expected)
    {
        var uid = "0d3c8f6e-50c5-4f0e-8b50-0a5d3f1f6c22";
        var owner = new DomainOwner { Namespace = "ns", Name = "vm", Uid = uid, Cluster = "c", Epoch = 3 };
        var machine = Live(live) is { } found ? found with { Metadata = found.Metadata with { Uid = found.Metadata.Uid == "u" ? uid : found.Metadata.Uid } } : null;
        var host = new Hypervisor { Spec = new HypervisorSpec { RemoveOrphans = [uid.ToUpperInvariant()] } };
        Assert.Equal(Enum.Parse<StrayDecision>(expected), StrayDecisions.Of(machine, owner, "here", host));
    }

    // domain: none, or its epoch. The record has epoch 3 and speaks of boot-1.
    [Theory]
    [InlineData("none", "boot-1", false, false)]
    [InlineData("none", "boot-1", true, true)]
    [InlineData("none", "boot-2", false, true)]
    [InlineData("none", "", false, false)]
    [InlineData("3", "boot-2", false, false)]
    [InlineData("3", "boot-2", true, false)]
    [InlineData("4", "boot-1", false, true)]
    public void A_record_has_served_when_its_domain_can_run_no_more(string domain, string boot, bool wasRemoved, bool expected)
    {
        var found = domain == "none" ? null : new Domain
        {
            Id = Guid.Empty,
            Name = "ns.vm",
            State = DomainState.Off,
            Facts = new DomainFacts
            {
                Name = "ns.vm",
                Id = Guid.Empty,
                Type = "qemu",
                Cpu = new CpuFacts(1, "", "", ""),
                Owner = new DomainOwner { Namespace = "ns", Name = "vm", Uid = "u", Cluster = "c", Epoch = long.Parse(domain, System.Globalization.CultureInfo.InvariantCulture) },
            },
        };
        Assert.Equal(expected, ReleaseDecision.HasServed(new ReleaseRecord { Uid = "u", Epoch = 3, Node = "here", BootId = "boot-1" }, found, boot, wasRemoved));
    }

    private static Hypervisor Recorded(string uid, long epoch, string node) =>
        new() { Status = new HypervisorStatus { Releases = [new ReleaseRecord { Uid = uid, Epoch = epoch, Node = node }] } };

    [Theory]
    [InlineData("none", false)]
    [InlineData("other", false)]
    [InlineData("here/3/0", true)]
    [InlineData("here/3/2", true)]
    [InlineData("here/3/3", false)]
    [InlineData("here/4/0", false)]
    [InlineData("here/2/0", false)]
    [InlineData("elsewhere/3/0", false)]
    [InlineData("/3/0", false)]
    [InlineData("here/3/0/deleting", false)]
    public void A_guest_starts_only_where_the_API_server_confirms_its_place(string live, bool allowed) =>
        Assert.Equal(allowed, PlaceCheck.Against(Live("here/3/0")!, Live(live), "here") is null);

    [Fact]
    public void A_guest_does_not_start_without_the_finalizer_the_label_or_under_another_spec()
    {
        var seen = Live("here/3/0")!;
        Assert.NotNull(PlaceCheck.Against(seen, seen with { Metadata = seen.Metadata with { Finalizers = null } }, "here"));
        Assert.NotNull(PlaceCheck.Against(seen, seen with { Metadata = seen.Metadata with { Labels = null } }, "here"));
        Assert.NotNull(PlaceCheck.Against(seen, seen with { Metadata = seen.Metadata with { Generation = 9 } }, "here"));
    }

    [Fact]
    public void A_guest_is_asked_again_and_switched_off_when_its_time_is_over()
    {
        var (shutdowns, domain, grace) = (new GracefulShutdown(), Running(1), TimeSpan.FromSeconds(25));
        Assert.Equal(ShutdownStep.Ask, shutdowns.Next(domain, grace, Now).Step);
        Assert.Equal(ShutdownStep.Wait, shutdowns.Next(domain, grace, Now.AddSeconds(9)).Step);
        Assert.Equal(ShutdownStep.Ask, shutdowns.Next(domain, grace, Now.AddSeconds(10)).Step);
        Assert.Equal((ShutdownStep.Ask, TimeSpan.FromSeconds(5)), shutdowns.Next(domain, grace, Now.AddSeconds(20)));
        Assert.Equal(ShutdownStep.Destroy, shutdowns.Next(domain, grace, Now.AddSeconds(25)).Step);
    }

    [Fact]
    public void A_shorter_grace_period_counts_from_the_first_request()
    {
        var (shutdowns, domain) = (new GracefulShutdown(), Running(1));
        shutdowns.Next(domain, TimeSpan.FromSeconds(600), Now);
        Assert.Equal(ShutdownStep.Destroy, shutdowns.Next(domain, TimeSpan.FromSeconds(5), Now.AddSeconds(6)).Step);
    }

    [Fact]
    public void No_grace_paused_guests_and_crashed_guests_are_switched_off_at_once()
    {
        Assert.Equal(ShutdownStep.Destroy, new GracefulShutdown().Next(Running(1), TimeSpan.Zero, Now).Step);
        foreach (var state in (DomainState[])[DomainState.Paused, DomainState.Crashed])
        {
            Assert.Equal(ShutdownStep.Destroy, new GracefulShutdown().Next(Running(1) with { State = state }, TimeSpan.FromMinutes(1), Now).Step);
        }
    }

    [Fact]
    public void A_guest_that_was_started_anew_has_its_whole_time_again()
    {
        var (shutdowns, domain, grace) = (new GracefulShutdown(), Running(1), TimeSpan.FromSeconds(20));
        shutdowns.Next(domain, grace, Now);
        Assert.Equal(ShutdownStep.Ask, shutdowns.Next(domain with { RuntimeId = 2 }, grace, Now.AddSeconds(30)).Step);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 10)]
    [InlineData(3, 20)]
    [InlineData(6, 160)]
    [InlineData(7, 300)]
    [InlineData(1000, 300)]
    public void Pauses_between_starts_grow_to_five_minutes(int failures, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), StartBackOff.DelayAfter(failures));

    [Fact]
    public void A_pause_counts_from_the_end_of_the_run_and_a_long_run_begins_anew()
    {
        var (backOff, id) = (new StartBackOff(), Guid.NewGuid());
        Assert.Equal(TimeSpan.Zero, backOff.Left(id, "1", TimeSpan.FromSeconds(1), 0, Now));
        Assert.Equal(TimeSpan.FromSeconds(10), backOff.Left(id, "2", TimeSpan.FromSeconds(1), 0, Now));
        Assert.Equal(TimeSpan.FromSeconds(4), backOff.Left(id, "2", TimeSpan.FromSeconds(7), 0, Now.AddSeconds(6)));
        Assert.Equal(TimeSpan.Zero, backOff.Left(id, "3", TimeSpan.FromMinutes(10), 0, Now.AddHours(1)));
    }

    [Fact]
    public void An_agent_that_remembers_nothing_counts_on_from_the_status() =>
        Assert.Equal(TimeSpan.FromSeconds(40), new StartBackOff().Left(Guid.NewGuid(), "1", TimeSpan.FromSeconds(1), 3, Now));

    [Theory]
    [InlineData(0, 0, 0, null)]
    [InlineData(2, 1, 5, 1)]
    [InlineData(2, 1, 61, 30)]
    [InlineData(2, 2, 5, 60)]
    public void Leases_are_looked_at_often_only_while_the_guest_boots(int interfaces, int found, int age, int? seconds) =>
        Assert.Equal(seconds, (int?)AddressPoll.Next(interfaces, found, Now, Now.AddSeconds(age))?.TotalSeconds);

    [Fact]
    public void What_is_missing_is_waited_for_ten_seconds_and_then_is_the_specs_fault()
    {
        var time = new ManualTime();
        var missing = new MissingReferences(time);
        var id = Guid.NewGuid();
        Assert.False(missing.Missing(id, "image/a", "no a").IsHopeless);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(missing.Missing(id, "image/a", "no a").IsHopeless);
        Assert.False(missing.Missing(id, "image/b", "no b").IsHopeless);
        missing.Found(id, "image/a");
        Assert.False(missing.Missing(id, "image/a", "no a").IsHopeless);
    }

    [Theory]
    [InlineData("shop.web", "shop", "web")]
    [InlineData("shop.web.old", "shop", "web.old")]
    [InlineData("web", null, null)]
    [InlineData(".web", null, null)]
    [InlineData("shop.", null, null)]
    public void The_name_of_a_domain_names_its_VM(string name, string? vmNamespace, string? vmName) =>
        Assert.Equal(vmName is null ? null : new ObjectKey(vmNamespace, vmName), VirtualMachineKeys.OfDomain(name));

    private static Domain Running(int runtimeId) => new()
    {
        Id = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        Name = "ns.vm",
        State = DomainState.Running,
        RuntimeId = runtimeId,
        Facts = new DomainFacts { Name = "ns.vm", Id = Guid.Empty, Type = "qemu", Cpu = new CpuFacts(1, "", "", "") },
    };

    private static VirtualMachine? Live(string text)
    {
        if (text == "none")
        {
            return null;
        }

        var parts = text == "other" ? ["here", "3", "0"] : text.Split('/');
        return new VirtualMachine
        {
            Metadata = new V1ObjectMeta
            {
                Name = "vm",
                NamespaceProperty = "ns",
                Uid = text == "other" ? "v" : "u",
                Generation = 1,
                Labels = new Dictionary<string, string> { [BerthLabels.Node] = parts[0].Length > 0 ? parts[0] : "here" },
                Finalizers = [BerthFinalizers.Release],
                DeletionTimestamp = parts.Length > 3 ? Now : null,
            },
            Status = new VirtualMachineStatus
            {
                Binding = new Binding { NodeName = parts[0], Epoch = long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) },
                ReleasedEpoch = long.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture),
            },
        };
    }
}

using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.Tests.VirtualMachines;

public sealed class StartTests : IAsyncLifetime
{
    private VirtualMachineBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_bound_VM_starts_in_one_pass_with_one_status_write_and_one_event()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        Assert.Equal(["define ns.vm", "start ns.vm"], _bench.Domains.Calls);
        Assert.Equal(1, _bench.Writes);
        Assert.Equal(["Started"], _bench.Events.Reasons);
        var status = _bench.Machine.Status!;
        Assert.Equal((VirtualMachineStates.Running, VirtualMachineBench.Node, _bench.Id.ToString(), Accelerators.Tcg), (status.State, status.NodeName, status.Domain!.Uuid, status.Domain.Accelerator));
        Assert.Equal(_bench.Time.GetUtcNow(), status.StartedAt);
        Assert.Equal(["LiveMigratable=False/NotSupported", "NetworkReady=True/Succeeded", "Ready=True/Running", "StorageReady=True/Succeeded"], _bench.Conditions);
    }

    [Fact]
    public async Task A_second_pass_changes_nothing_and_writes_nothing()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Equal((1, 2), (_bench.Writes, _bench.Domains.Calls.Count));
    }

    [Fact]
    public async Task An_agent_that_starts_anew_touches_no_guest_and_writes_nothing()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        await _bench.SyncAsync();
        _bench.RestartAgent();
        await _bench.PassAsync();
        Assert.Equal((1, 2), (_bench.Writes, _bench.Domains.Calls.Count));
        Assert.Empty(_bench.Events.Reasons);
    }

    [Theory]
    [InlineData("node-2", 1, 0, true)]
    [InlineData("node-1", 2, 0, true)]
    [InlineData("node-1", 1, 1, true)]
    [InlineData("node-1", 1, 0, false)]
    public async Task Nothing_starts_that_the_API_server_does_not_confirm(string node, long epoch, long released, bool finalizer)
    {
        await _bench.GivenAsync();

        // At the server, and not yet in the agent's store.
        await _bench.FreezeStoreAsync();
        _bench.Server.Seed(_bench.Machine with
        {
            Metadata = _bench.Machine.Metadata with { Finalizers = finalizer ? [BerthFinalizers.Release] : null },
            Status = new VirtualMachineStatus { Binding = new Binding { NodeName = node, Epoch = epoch }, ReleasedEpoch = released },
        });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task Nothing_starts_without_an_answer_of_the_API_server()
    {
        await _bench.GivenAsync();
        await _bench.StopServerAsync();
        try
        {
            await _bench.PassAsync();
        }
        catch (Exception e) when (e is Runtime.Client.KubernetesException or AggregateException)
        {
            // The driver's to retry.
        }

        Assert.Empty(_bench.Domains.Calls);
    }

    [Fact]
    public async Task A_VM_waits_quietly_for_its_volume_for_a_moment_and_then_says_so()
    {
        await _bench.GivenAsync(WithDisk());
        await _bench.PassAsync();
        Assert.Equal(0, _bench.Writes);
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        await _bench.PassAsync();
        Assert.Equal(["Ready=False/ReferenceNotFound", "Reconciling=True/ReferenceNotFound", "StorageReady=False/ReferenceNotFound"], _bench.Conditions);
        _bench.Time.Advance(TimeSpan.FromSeconds(8));
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Equal(["Ready=False/ReferenceNotFound", "Stalled=True/ReferenceNotFound", "StorageReady=False/ReferenceNotFound"], _bench.Conditions);
        await _bench.GivenVolumeAsync(Volume("u", ready: true, _bench.Machine.Uid()));
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Contains("Ready=True/Running", _bench.Conditions);
        Assert.Equal("vda", Assert.Single(_bench.Machine.Status!.Volumes!).Target);
    }

    [Fact]
    public async Task A_volume_of_the_right_name_that_belongs_to_another_is_never_used()
    {
        await _bench.GivenAsync(WithDisk());
        await _bench.GivenVolumeAsync(Volume("u", ready: true, owner: "somebody else"));
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Contains("Stalled=True/InvalidSpec", _bench.Conditions);
    }

    [Fact]
    public async Task A_kernel_and_a_network_are_waited_for_and_named()
    {
        await _bench.GivenAsync(new VirtualMachineSpec
        {
            Memory = new Memory { Size = Quantity.Parse("64Mi") },
            Firmware = new Firmware { Kernel = new KernelBoot { Image = "linux" } },
            Interfaces = [new Interface { Name = "lan", Network = "default" }],
        });
        _bench.Images.Copies["linux"] = new ImageCopy.Failed("ChecksumMismatch", "it differs");
        await _bench.PassAsync();
        Assert.Contains("Stalled=True/ImageFailed", _bench.Conditions);
        _bench.Images.Copies["linux"] = new ImageCopy.Available("/pool/linux", "raw", "sha256:1", 1);
        _bench.Report.Report(new NodeNetworkStatus { Name = "default", Available = false, Reason = "Down", Message = "it is down" });
        await _bench.SyncAsync();
        await _bench.PassAsync();
        _bench.Time.Advance(TimeSpan.FromSeconds(3));
        await _bench.PassAsync();
        Assert.Contains("NetworkReady=False/NetworkNotReady", _bench.Conditions);
        _bench.Report.Report(new NodeNetworkStatus { Name = "default", Available = true });
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Contains("Ready=True/Running", _bench.Conditions);
        Assert.Equal("/pool/linux", _bench.Domain!.Facts.Kernel!.KernelPath);
    }

    [Fact]
    public async Task Addresses_come_later_by_a_write_of_their_own_and_only_when_they_change()
    {
        await _bench.GivenAsync(new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("64Mi") }, Interfaces = [new Interface { Name = "lan", Network = "default" }] });
        _bench.Report.Report(new NodeNetworkStatus { Name = "default", Available = true });
        Assert.Equal(TimeSpan.FromSeconds(1), (await _bench.PassAsync()).RequeueAfter);
        Assert.Null(Assert.Single(_bench.Machine.Status!.Interfaces!).Ips);
        _bench.Domains.Leases[_bench.Machine.Status!.Interfaces![0].Mac!] = ["192.168.150.10"];
        await _bench.SyncAsync();
        Assert.Equal(TimeSpan.FromSeconds(60), (await _bench.PassAsync()).RequeueAfter);
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Equal(["192.168.150.10"], Assert.Single(_bench.Machine.Status!.Interfaces!).Ips);
        Assert.Equal(2, _bench.Writes);
    }

    [Fact]
    public async Task What_libvirt_refuses_is_said_in_its_words_and_tried_again()
    {
        await _bench.GivenAsync();
        _bench.Domains.StartFailure = "unsupported configuration: no such machine";
        Assert.NotNull((await _bench.PassAsync()).RequeueAfter);
        Assert.Contains("Ready=False/StartFailed", _bench.Conditions);
        Assert.Contains("no such machine", _bench.Machine.Status!.Conditions.Find("Ready")!.Message, StringComparison.Ordinal);
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Equal([VirtualMachineReasons.StartFailed], _bench.Events.Reasons);
        _bench.Domains.StartFailure = null;
        await _bench.SyncAsync();
        await _bench.PassAsync();
        Assert.Contains("Ready=True/Running", _bench.Conditions);
    }

    [Fact]
    public async Task A_spec_that_cannot_be_carried_out_is_not_started()
    {
        await _bench.GivenAsync(new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("64Mi") }, Firmware = new Firmware { Type = "uefi" } });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Contains("Stalled=True/NotSupported", _bench.Conditions);
    }

    [Fact]
    public async Task A_node_that_runs_no_guests_refuses_and_releases()
    {
        await using var bench = await VirtualMachineBench.StartAsync(Accelerators.Auto, kvmPasses: false);
        await bench.GivenAsync();
        await bench.PassAsync();
        Assert.Empty(bench.Domains.Calls);
        Assert.Equal(1, bench.Machine.Status!.ReleasedEpoch);
        Assert.Contains("Ready=False/PlacementRefused", bench.Conditions);
        Assert.Contains("it did not run", bench.Machine.Status.Conditions.Find("Ready")!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_KVM_passes_its_check_guests_run_under_it()
    {
        await using var bench = await VirtualMachineBench.StartAsync(Accelerators.Auto, kvmPasses: true);
        await bench.GivenAsync();
        await bench.PassAsync();
        Assert.Equal(("kvm", "kvm"), (bench.Domain!.Facts.Type, bench.Machine.Status!.Domain!.Accelerator));
    }

    [Fact]
    public async Task The_machine_type_is_kept_from_the_first_start_on()
    {
        await _bench.GivenAsync(change: machine => machine with { Status = machine.Status! with { Domain = new DomainStatus { Uuid = machine.Uid(), MachineType = "pc-q35-5.1" } } });
        await _bench.PassAsync();
        Assert.Equal("pc-q35-5.1", _bench.Domain!.Facts.MachineType);
    }

    [Fact]
    public async Task The_seed_holds_the_text_and_goes_with_the_VM()
    {
        await _bench.GivenAsync(new VirtualMachineSpec { Memory = new Memory { Size = Quantity.Parse("64Mi") }, CloudInit = new CloudInit { UserData = "<>&\"' ü" } });
        await _bench.PassAsync();
        var seed = Assert.Single(Directory.GetFiles(Path.Combine(_bench.StateFolder, "seeds")));
        Assert.Contains("<>&\"' ü", await File.ReadAllTextAsync(seed, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
        await _bench.PassAsync();
        await _bench.PassAsync();
        Assert.False(File.Exists(seed));
    }

    [Fact]
    public async Task A_running_guest_is_told_what_waits_for_a_restart()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        await _bench.SyncAsync();
        await _bench.EditAsync(spec => spec with { Cpu = new Cpu { Cores = 4 } });
        await _bench.PassAsync();
        Assert.Equal(["LiveMigratable=False/NotSupported", "NetworkReady=True/Succeeded", "Ready=True/Running", "RestartRequired=True/SpecChanged", "StorageReady=True/Succeeded"], _bench.Conditions);
        Assert.Equal(2, _bench.Machine.Status!.ObservedGeneration);
        Assert.Equal(2, _bench.Domains.Calls.Count);
    }

    [Fact]
    public async Task A_running_guest_stays_Ready_whatever_the_spec_names_now()
    {
        await _bench.GivenAsync();
        await _bench.PassAsync();
        await _bench.SyncAsync();
        await _bench.EditAsync(spec => spec with { Disks = [new Disk { Name = "new", Volume = new LocalObjectReference { Name = "none" } }] });
        await _bench.PassAsync();
        Assert.Contains("Ready=True/Running", _bench.Conditions);
        Assert.Contains("StorageReady=False/ReferenceNotFound", _bench.Conditions);
        Assert.Equal(2, _bench.Domains.Calls.Count);
    }

    [Fact]
    public async Task A_domain_of_the_name_that_is_not_ours_is_never_touched()
    {
        await _bench.GivenAsync();
        _bench.Domains.Put(Foreign(Guid.NewGuid()));
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Contains("Stalled=True/DomainNameTaken", _bench.Conditions);
    }

    [Fact]
    public async Task A_domain_of_the_UUID_that_is_not_ours_is_never_touched()
    {
        await _bench.GivenAsync();
        _bench.Domains.Put(Foreign(_bench.Id));
        await _bench.PassAsync();
        await _bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
        await _bench.PassAsync();
        Assert.Empty(_bench.Domains.Calls);
        Assert.Contains("Stalled=True/DomainNameTaken", _bench.Conditions);
    }

    private static Domain Foreign(Guid id) => new()
    {
        Id = id,
        Name = "ns.vm",
        State = DomainState.Running,
        RuntimeId = 1,
        Facts = new() { Name = "ns.vm", Id = id, Type = "kvm", Cpu = new(1, "", "", "") },
    };

    private static VirtualMachineSpec WithDisk() => new()
    {
        Memory = new Memory { Size = Quantity.Parse("64Mi") },
        Disks = [new Disk { Name = "root", Template = new DiskTemplate { Size = Quantity.Parse("1Gi") } }],
    };

    private static StorageVolume Volume(string uid, bool ready, string owner) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = "vm-root",
            NamespaceProperty = "ns",
            Uid = uid,
            Generation = 1,
            OwnerReferences = [new V1OwnerReference { ApiVersion = "berth.dev/v1alpha1", Kind = "VirtualMachine", Name = "vm", Uid = owner, Controller = true }],
        },
        Status = new StorageVolumeStatus { Path = $"/pool/ns.vm-root.{(uid.Length > 8 ? uid[..8] : uid)}", Format = "qcow2", Conditions = [ready ? Condition.True("Ready", "Available") : Condition.False("Ready", "Creating")] },
    };
}

using System.Net;
using System.Text.Json.Nodes;
using Berth.Api;
using Berth.Kubernetes;
using Berth.NodeAgent.Node;
using Berth.NodeAgent.Tests.VirtualMachines;
using Berth.NodeAgent.VirtualMachines;
using Berth.Testing.ApiServer;
using Berth.Testing.GitOps;

namespace Berth.NodeAgent.Tests.Recorded;

/// <summary>A VM in each state that its node's agent tells of, as the tests of kstatus and Argo CD have it.</summary>
public sealed class VirtualMachineRecordingTests : IAsyncLifetime
{
    private const string VolumeUid = "22222222-0000-4000-8000-000000000000";

    private static readonly Dictionary<string, Func<VirtualMachineBench, Task>> States = new(StringComparer.Ordinal)
    {
        ["running"] = async bench =>
        {
            bench.Report.Report(new NodeNetworkStatus { Name = "default", Available = true });
            await bench.GivenAsync(Spec with { Interfaces = [new Interface { Name = "lan", Network = "default" }] });
            await PassAsync(bench);
            bench.Domains.Leases[bench.Machine.Status!.Interfaces![0].Mac!] = ["192.168.150.10"];
            await PassAsync(bench);
        },
        ["running-restart-required"] = async bench =>
        {
            await RunAsync(bench);
            await bench.EditAsync(spec => spec with { Cpu = new Cpu { Cores = 4 } });
            await PassAsync(bench);
        },
        ["running-storage-missing"] = async bench =>
        {
            await RunAsync(bench);
            await bench.EditAsync(spec => spec with { Disks = [new Disk { Name = "new", Volume = new LocalObjectReference { Name = "none" } }] });
            await PassAsync(bench);
        },
        ["running-unknown-field"] = async bench =>
        {
            await RunAsync(bench);
            await PatchSpecAsync(bench, """{"futureThing":true}""");
            await PassAsync(bench);
        },
        ["restart-not-understood"] = async bench =>
        {
            await RunAsync(bench);
            await PatchSpecAsync(bench, """{"futureThing":true,"restartedAt":"2020-01-01T00:00:00Z"}""");
            await PassAsync(bench);
        },
        ["restarting"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.GuestsObey = false;
            await bench.EditAsync(spec => spec with { RestartedAt = bench.Time.GetUtcNow().AddSeconds(-1) });
            await PassAfterAsync(bench, 0, 5);
        },
        ["restarted"] = async bench =>
        {
            await RunAsync(bench);
            await bench.EditAsync(spec => spec with { RestartedAt = bench.Time.GetUtcNow().AddSeconds(-1) });
            await PassAsync(bench);
            await PassAsync(bench);
        },
        ["guest-paused"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.Pause(bench.Id, byStorage: false);
            await PassAsync(bench);
        },
        ["guest-crashed-preserved"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.Put(bench.Domain! with { State = DomainState.Crashed });
            await PassAsync(bench);
        },
        ["guest-shutting-down"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.Put(bench.Domain! with { State = DomainState.ShuttingDown });
            await PassAsync(bench);
        },
        ["no-space"] = async bench =>
        {
            await bench.GivenVolumeAsync(Volume(ready: true, "/no/such/folder"));
            await bench.GivenAsync(WithVolume);
            await PassAsync(bench);
            bench.Domains.Pause(bench.Id, byStorage: true);
            await PassAsync(bench);
        },
        ["guest-crashed"] = bench => EndAsync(bench, DomainEnd.Crashed, passes: 1),
        ["guest-crashed-released"] = bench => EndAsync(bench, DomainEnd.Crashed, passes: 2),
        ["completed"] = bench => EndAsync(bench, DomainEnd.Shutdown, passes: 1),
        ["completed-released"] = bench => EndAsync(bench, DomainEnd.Shutdown, passes: 2),
        ["restart-back-off"] = async bench =>
        {
            await RunAsync(bench);
            for (var round = 0; round < 2; round++)
            {
                // Runs are told apart by when they began.
                bench.Time.Advance(TimeSpan.FromSeconds(1));
                bench.Domains.End(bench.Id, DomainEnd.Shutdown);
                await PassAsync(bench);
            }
        },
        ["shutting-down"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.GuestsObey = false;
            await bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
            await PassAfterAsync(bench, 0, 15);
        },
        ["stopped-released"] = async bench =>
        {
            await RunAsync(bench);
            await bench.EditAsync(spec => spec with { PowerState = PowerStates.Stopped });
            await PassAsync(bench);
            await PassAsync(bench);
        },
        ["outgrown-berth"] = async bench =>
        {
            await RunAsync(bench);
            await bench.EditAsync(spec => spec with { RestartedAt = bench.Time.GetUtcNow().AddSeconds(-1), Memory = new Memory { Size = Quantity.Parse("96Mi") } });
            await PassAsync(bench);
            await PassAsync(bench);
        },
        ["volume-awaited"] = async bench =>
        {
            await bench.GivenAsync(WithVolume);
            await PassAfterAsync(bench, 0, 3);
        },
        ["volume-missing"] = async bench =>
        {
            await bench.GivenAsync(WithVolume);
            await PassAfterAsync(bench, 0, 3, 8);
        },
        ["volume-not-ready"] = async bench =>
        {
            await bench.GivenVolumeAsync(Volume(ready: false, "/pool"));
            await bench.GivenAsync(WithVolume);
            await PassAfterAsync(bench, 0, 3);
        },
        ["volume-of-another"] = async bench =>
        {
            await bench.GivenVolumeAsync(Volume(ready: true, "/pool") with { Metadata = new V1ObjectMeta { Name = "vm-root", NamespaceProperty = "ns", Uid = VolumeUid, Generation = 1 } });
            await bench.GivenAsync(Spec with { Disks = [new Disk { Name = "root", Template = new DiskTemplate { Size = Quantity.Parse("1Gi") } }] });
            await PassAsync(bench);
        },
        ["image-not-ready"] = bench => BootKernelAsync(bench, new ImageCopy.Pending("Downloading", "It is being fetched.")),
        ["image-failed"] = bench => BootKernelAsync(bench, new ImageCopy.Failed("ChecksumMismatch", "The content has another digest.")),
        ["network-not-ready"] = async bench =>
        {
            bench.Report.Report(new NodeNetworkStatus { Name = "default", Available = false, Reason = "Down", Message = "it is down" });
            await bench.GivenAsync(Spec with { Interfaces = [new Interface { Name = "lan", Network = "default" }] });
            await PassAfterAsync(bench, 0, 3);
        },
        ["user-data-unavailable"] = bench => ReadUserDataAsync(bench, new SecretUserData.Unavailable("The operator does not answer.")),
        ["user-data-unusable"] = bench => ReadUserDataAsync(bench, new SecretUserData.Unusable("The Secret \"seed\" is too large.")),
        ["start-failed"] = async bench =>
        {
            bench.Domains.StartFailure = "unsupported configuration: no such machine";
            await bench.GivenAsync(Spec);
            await PassAsync(bench);
        },
        ["start-failed-for-long"] = async bench =>
        {
            bench.Domains.StartFailure = "unsupported configuration: no such machine";
            await bench.GivenAsync(Spec);
            await PassAfterAsync(bench, 0, 300, 300);
        },
        ["restart-loop"] = async bench =>
        {
            await RunAsync(bench);
            for (var round = 0; round < 7; round++)
            {
                bench.Domains.End(bench.Id, DomainEnd.Shutdown);
                await PassAsync(bench);
                await PassAfterAsync(bench, 160);
            }

            bench.Domains.End(bench.Id, DomainEnd.Shutdown);
            await PassAsync(bench);
        },
        ["placement-refused"] = async bench =>
        {
            bench.HasAvailableMemory(mebibytes: 8);
            await bench.GivenAsync(Spec);
            await PassAsync(bench);
        },
        ["epoch-anomaly"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.Put(bench.Domain! with { Facts = bench.Domain.Facts with { Owner = bench.Domain.Facts.Owner! with { Epoch = 5 } } });
            await PassAsync(bench);
        },
        ["domain-name-taken"] = async bench =>
        {
            await bench.GivenAsync(Spec);
            var stranger = Guid.NewGuid();
            bench.Domains.Put(new Domain
            {
                Id = stranger,
                Name = "ns.vm",
                State = DomainState.Running,
                RuntimeId = 1,
                Facts = new() { Name = "ns.vm", Id = stranger, Type = "kvm", Cpu = new(1, "", "", "") },
            });
            await PassAsync(bench);
        },
        ["libvirt-unavailable"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.IsUnavailable = true;
            await PassAfterAsync(bench, 0, 6);
        },
        ["not-supported"] = async bench =>
        {
            await bench.GivenAsync(Spec with { Firmware = new Firmware { Type = "uefi" } });
            await PassAsync(bench);
        },
        ["pass-failed"] = async bench =>
        {
            bench.Server.Faults.Fail(request => request is { Method: "GET", Resource: "virtualmachines" } && request.Path.EndsWith("/vm", StringComparison.Ordinal), HttpStatusCode.InternalServerError);
            await bench.GivenAsync(Spec);
            await PassAsync(bench);
        },
        ["deleting-shutting-down"] = async bench =>
        {
            await RunAsync(bench);
            bench.Domains.GuestsObey = false;
            bench.Server.Delete<VirtualMachine>("vm", "ns");
            await bench.SyncAsync();
            await PassAfterAsync(bench, 0, 5);
        },
        ["deleting-released"] = async bench =>
        {
            await RunAsync(bench);
            bench.Server.Delete<VirtualMachine>("vm", "ns");
            await bench.SyncAsync();
            await PassAsync(bench);
            await PassAsync(bench);
        },
        ["deletion-held"] = async bench =>
        {
            await RunAsync(bench);
            bench.Server.DeleteKind<VirtualMachine>();
            await bench.SyncAsync();
            await PassAsync(bench);
        },
    };

    private VirtualMachineBench _bench = null!;

    public static TheoryData<string> Names => [.. States.Keys];

    private static VirtualMachineSpec Spec => new() { Memory = new Memory { Size = Quantity.Parse("64Mi") } };

    private static VirtualMachineSpec WithVolume => Spec with { Disks = [new Disk { Name = "root", Volume = new LocalObjectReference { Name = "data" } }] };

    public async ValueTask InitializeAsync() => _bench = await VirtualMachineBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_VM_in_each_state_is_as_it_was_recorded(string state)
    {
        await States[state](_bench);
        Recording.Check(_bench.Server.FindJson<VirtualMachine>("vm", "ns"), state, (_bench.StateFolder, "/var/lib/berth"));
    }

    private static async Task RunAsync(VirtualMachineBench bench)
    {
        await bench.GivenAsync(Spec);
        await PassAsync(bench);
    }

    private static async Task EndAsync(VirtualMachineBench bench, DomainEnd end, int passes)
    {
        await bench.GivenAsync(Spec with { RestartPolicy = RestartPolicies.Never });
        await PassAsync(bench);
        bench.Domains.End(bench.Id, end);
        for (var pass = 0; pass < passes; pass++)
        {
            await PassAsync(bench);
        }
    }

    private static async Task BootKernelAsync(VirtualMachineBench bench, ImageCopy copy)
    {
        bench.Images.Copies["linux"] = copy;
        await bench.GivenAsync(Spec with { Firmware = new Firmware { Kernel = new KernelBoot { Image = "linux" } } });
        await PassAfterAsync(bench, 0, 3);
    }

    private static async Task ReadUserDataAsync(VirtualMachineBench bench, SecretUserData answer)
    {
        bench.UserData.Answer = answer;
        await bench.GivenAsync(Spec with { CloudInit = new CloudInit { UserDataSecretRef = new SecretKeyReference { Name = "seed" } } });
        await PassAfterAsync(bench, 0, 3);
    }

    private static async Task PassAsync(VirtualMachineBench bench)
    {
        await bench.PassAsync();
        await bench.SyncAsync();
    }

    /// <summary>A pass after each of these times, in seconds: some waits are told only when they have lasted.</summary>
    private static async Task PassAfterAsync(VirtualMachineBench bench, params int[] times)
    {
        foreach (var time in times)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(time));
            await PassAsync(bench);
        }
    }

    private static async Task PatchSpecAsync(VirtualMachineBench bench, string json)
    {
        bench.Server.Patch<VirtualMachine>("vm", "ns", new JsonObject { ["spec"] = JsonNode.Parse(json) });
        await bench.SyncAsync();
    }

    private static StorageVolume Volume(bool ready, string folder) => new()
    {
        Metadata = new V1ObjectMeta { Name = "data", NamespaceProperty = "ns", Uid = VolumeUid, Generation = 1 },
        Status = new StorageVolumeStatus
        {
            Path = $"{folder}/ns.data.{VolumeUid[..8]}",
            Format = "qcow2",
            Conditions = [ready ? Condition.True("Ready", "Available") : Condition.False("Ready", "WaitingForNode", "The volume waits for a node.")],
        },
    };
}

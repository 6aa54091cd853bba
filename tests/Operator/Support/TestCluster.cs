using Berth.Api;
using Berth.Kubernetes;
using Berth.Testing.ApiServer;

namespace Berth.Operator.Tests.Support;

/// <summary>What every test's cluster has: two hosts with a pool and a network, and some images.</summary>
internal static class TestCluster
{
    public const string Pool = "default";
    public const string Network = "lan";
    public const string Kernel = "tiny-kernel";
    public const string Disk = "debian";

    public static void Seed(FakeApiServer server)
    {
        server.Define<VirtualMachine>();
        server.Define<StorageVolume>();
        server.Seed(new V1Namespace { Metadata = new V1ObjectMeta { Name = OperatorRig.Namespace }, Status = new V1NamespaceStatus { Phase = "Active" } });
        server.Seed(new StoragePool
        {
            Metadata = new V1ObjectMeta { Name = Pool, Annotations = new Dictionary<string, string> { [BerthAnnotations.DefaultPool] = "true" } },
            Spec = new StoragePoolSpec { Target = new PoolTarget { Path = "/var/lib/berth/pools/default" } },
        });
        server.Seed(new VirtualNetwork { Metadata = new V1ObjectMeta { Name = Network }, Spec = new VirtualNetworkSpec { Subnet = "192.168.150.0/24" } });
        SeedImage(server, Kernel, ImageTypes.Kernel);
        SeedImage(server, Disk, ImageTypes.Disk);
        SeedHost(server, "node-1");
        SeedHost(server, "node-2");
    }

    public static void SeedImage(FakeApiServer server, string name, string type) => server.Seed(new Image
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new ImageSpec { Type = type, Source = new ImageSource { Url = $"https://images.example/{name}" } },
    });

    public static void SeedHost(FakeApiServer server, string name, IDictionary<string, string>? labels = null)
    {
        server.Seed(new V1Node
        {
            Metadata = new V1ObjectMeta { Name = name, Labels = new Dictionary<string, string>(labels ?? new Dictionary<string, string>()) { [BerthLabels.Host] = "true" } },
        });
        server.Seed(new Hypervisor
        {
            Metadata = new V1ObjectMeta { Name = name },
            Status = new HypervisorStatus
            {
                Conditions = [Condition.True(ConditionTypes.Ready, ConditionReasons.Succeeded)],
                Pools = [new NodePoolStatus { Name = Pool, Available = true, Reason = "Available", Capacity = Quantity.Parse("100Gi"), Free = Quantity.Parse("50Gi") }],
                Networks = [new NodeNetworkStatus { Name = Network, Available = true, Reason = "Active" }],
            },
        });
    }
}

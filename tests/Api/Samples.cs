using Berth.Kubernetes;

namespace Berth.Api.Tests;

/// <summary>Objects with nothing wrong, to be changed by tests.</summary>
internal static class Samples
{
    public static VirtualMachine Machine() => new()
    {
        Metadata = Meta("web", "shop"),
        Spec = new()
        {
            RestartedAt = new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero),
            Placement = Placement(),
            Cpu = new() { Cores = 2, Model = "host-model", Features = [new() { Name = "vmx", Policy = "disable" }, new() { Name = "aes" }] },
            Memory = new() { Size = Quantity.Parse("2Gi") },
            Firmware = new() { SecureBoot = false, Tpm = false, Kernel = new() { Image = "tiny-kernel", Initrd = "tiny-initrd", Cmdline = "console=ttyS0 quiet" } },
            Disks =
            [
                new() { Name = "root", Template = new() { Pool = "fast", Image = "debian-13", Size = Quantity.Parse("20Gi") }, Bus = "virtio", BootOrder = 1 },
                new() { Name = "blank", Template = new() { Size = Quantity.Parse("1G") }, Bus = "scsi", BootOrder = 2 },
                new() { Name = "data", Volume = new() { Name = "web-data" }, Bus = "sata" },
                new() { Name = "cd", Cdrom = new() { Image = "debian-netinst" } },
            ],
            Interfaces = [new() { Name = "lan", Network = "default", Model = "virtio", Mac = "" }, new() { Name = "dmz", Network = "dmz", Mac = "52:54:00:12:34:56" }],
            CloudInit = new() { UserData = "#cloud-config\n<>&\"'", NetworkData = "version: 2" },
        },
    };

    public static Placement Placement() => new()
    {
        NodeSelector = new Dictionary<string, string> { ["topology.kubernetes.io/zone"] = "a", ["role"] = "" },
        Tolerations = [new() { OperatorProperty = "Exists" }, new() { Key = "gpu", Value = "yes", Effect = "NoExecute", TolerationSeconds = 5 }],
        TopologySpreadConstraints = [new() { MaxSkew = 1, TopologyKey = "kubernetes.io/hostname", WhenUnsatisfiable = "DoNotSchedule", LabelSelector = new() }],
        PriorityClassName = "high",
        SchedulerName = "default-scheduler",
        Affinity = new()
        {
            NodeAffinity = new()
            {
                RequiredDuringSchedulingIgnoredDuringExecution = new()
                {
                    NodeSelectorTerms =
                    [
                        new() { MatchExpressions = [new() { Key = "cpus", OperatorProperty = "Gt", Values = ["8"] }, new() { Key = "ssd", OperatorProperty = "Exists" }] },
                        new() { MatchFields = [new() { Key = "metadata.name", OperatorProperty = "In", Values = ["node-1"] }] },
                    ],
                },
                PreferredDuringSchedulingIgnoredDuringExecution =
                    [new() { Weight = 100, Preference = new() { MatchExpressions = [new() { Key = "a", OperatorProperty = "NotIn", Values = ["b"] }] } }],
            },
            PodAntiAffinity = new()
            {
                RequiredDuringSchedulingIgnoredDuringExecution =
                [
                    new()
                    {
                        TopologyKey = "kubernetes.io/hostname",
                        Namespaces = ["shop"],
                        LabelSelector = new() { MatchExpressions = [new() { Key = "berth.dev/vm", OperatorProperty = "In", Values = ["web-2"] }] },
                    },
                ],
                PreferredDuringSchedulingIgnoredDuringExecution =
                    [new() { Weight = 1, PodAffinityTerm = new() { TopologyKey = "zone", LabelSelector = new() { MatchLabels = new Dictionary<string, string> { ["a"] = "b" } } } }],
            },
        },
    };

    public static StoragePool Pool() => new()
    {
        Metadata = Meta("default"),
        Spec = new()
        {
            Target = new() { Path = "/var/lib/berth/pools/default" },
            NodeSelector = new Dictionary<string, string> { ["disk"] = "fast" },
            AllowedNamespaces = new() { From = "Selector", Selector = new() { MatchLabels = new Dictionary<string, string> { ["team"] = "shop" } } },
        },
    };

    public static StorageVolume Volume() => new()
    {
        Metadata = Meta("web-data", "shop"),
        Spec = new() { Pool = "default", Size = Quantity.Parse("20Gi"), Source = new() { Image = "debian-13" } },
    };

    public static Image Image() => new()
    {
        Metadata = Meta("debian-13"),
        Spec = new() { Source = new() { Url = "https://images.example.org/a.qcow2?x=1", Checksum = "sha256:" + new string('a', 64) }, Pools = ["default", "fast"] },
    };

    public static VirtualNetwork Network() => new()
    {
        Metadata = Meta("default"),
        Spec = new()
        {
            Subnet = "192.168.150.0/24",
            Dhcp = new() { Start = "192.168.150.2", End = "192.168.150.254" },
            Bridge = "berth0",
            AllowedNamespaces = new() { From = "All" },
        },
    };

    public static Hypervisor Hypervisor() => new() { Metadata = Meta("node-1") };

    private static V1ObjectMeta Meta(string name, string? @namespace = null) => new() { Name = name, NamespaceProperty = @namespace };
}

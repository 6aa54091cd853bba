using Berth.Api;
using Berth.Kubernetes;
using Berth.Testing.Hostile;

namespace Berth.NodeAgent.Tests.Hostile;

/// <summary>VMs that a user could write: mostly right, with something odd, extreme or hostile in every other field, so that many pass validation and reach libvirt.</summary>
internal sealed class HostileMachines(Random random)
{
    public VirtualMachine Next()
    {
        var name = Odd(["web", "a", "a--b", "0", new string('x', 63), "xn--caf-dma"]);
        return new VirtualMachine
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Pick("shop", "0", new string('n', 63)), Uid = NewId().ToString(), Generation = 1 },
            Spec = new VirtualMachineSpec
            {
                Memory = new Memory { Size = Quantity.Parse(Pick("1Mi", "64Mi", "1Gi", "64Ti", "65Ti", "1536Ki", "128M", "1", "0.5Gi", "2e9")) },
                Cpu = random.Next(3) == 0 ? null : NextCpu(),
                Firmware = random.Next(2) == 0 ? null : NextFirmware(),
                Disks = [.. Enumerable.Range(0, random.Next(12) == 0 ? 30 : random.Next(4)).Select(NextDisk)],
                Interfaces = [.. Enumerable.Range(0, random.Next(4)).Select(NextInterface)],
                CloudInit = random.Next(3) > 0 ? null : new CloudInit { UserData = HostileText.Any(random), NetworkData = random.Next(2) == 0 ? null : HostileText.Any(random) },
                RestartedAt = random.Next(4) > 0 ? null : Pick(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(13))),
                TerminationGracePeriodSeconds = Pick(0L, 60L, 86400L),
            },
        };
    }

    private Cpu NextCpu() => new()
    {
        Cores = Pick(1, 2, 3, 7, 64, 1024),
        Sockets = Pick(1, 1, 2, 64),
        Threads = Pick(1, 1, 2, 8),
        Model = Odd(["host-model", "host-passthrough", "maximum", "qemu64", "Haswell", "no-such-model", "486-v1", "a.b_c"]),
        Features = random.Next(3) > 0 ? null : [.. ((string[])["aes", "vmx", "avx2", "no-such-feature", "arch-capabilities"]).Where(_ => random.Next(2) == 0)
            .Select(feature => new CpuFeature { Name = feature, Policy = Pick(null, "require", "optional", "force", "disable", "forbid") })],
    };

    private Firmware NextFirmware() => new()
    {
        Kernel = new KernelBoot { Image = Odd(["kernel", "a.b"]), Initrd = Pick(null, "", "initrd"), Cmdline = Pick(null, "", HostileText.Any(random), HostileText.Any(random), new string('x', 4096)) },
    };

    private Disk NextDisk(int index)
    {
        var disk = new Disk
        {
            Name = Odd([$"d{index}", $"disk-{index}", $"{index}0123456789abcdefg"[..18]]),
            Bus = Pick(null, "virtio", "scsi", "sata"),
            BootOrder = random.Next(3) > 0 ? null : (index + 1) * Pick(1, 30),
        };
        switch (random.Next(3))
        {
            case 0: disk.Template = new DiskTemplate { Size = Quantity.Parse(Pick("1Gi", "512", "1Pi")), Image = Pick(null, "debian") }; break;
            case 1: disk.Volume = new LocalObjectReference { Name = $"v{index}" }; break;
            default: disk.Cdrom = new CdromDisk { Image = "cd" }; break;
        }

        return disk;
    }

    private Interface NextInterface(int index) => new()
    {
        Name = Odd([$"i{index}", new string('i', 60) + index]),
        Network = Odd(["default", "a.b", new string('n', 63)]),
        Model = Pick(null, "virtio", "e1000e", "e1000", "rtl8139"),
        Mac = Pick(null, "", $"52:54:00:00:00:0{index}", $"AA:bb:CC:00:00:0{index}", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "fe:00:00:00:00:01", HostileText.Any(random)),
    };

    // One in fifteen is hostile: of a VM with as many fields, more would let nothing pass.
    private string Odd(string[] sound) => random.Next(15) == 0 ? HostileText.Any(random) : Pick(sound);

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];

    private Guid NewId()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);

        // libvirt takes UUIDs that are not all the same digit.
        bytes[0] = 1;
        return new Guid(bytes);
    }
}

using Berth.Api;
using Berth.NodeAgent.Domains;

namespace Berth.NodeAgent.Tests.Domains;

/// <summary>The golden documents: folders with the VM and the domain that it must give. BERTH_REWRITE_GOLDEN=1 writes the domains anew, for review in the diff.</summary>
internal static class GoldenScenarios
{
    public static string SourceFolder { get; } = FindSource();

    public static IEnumerable<string> Names => Directory.EnumerateDirectories(SourceFolder).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    /// <summary>Read from the environment: the switch is for people, not for code.</summary>
    public static bool Rewrite => Environment.GetEnvironmentVariables()["BERTH_REWRITE_GOLDEN"] is "1";

    public static string DomainPath(string scenario) => Path.Combine(SourceFolder, scenario, "domain.xml");

    public static VirtualMachine Machine(string scenario) => VirtualMachineYaml.Read(File.ReadAllText(Path.Combine(SourceFolder, scenario, "vm.yaml")));

    /// <summary>The domain of a scenario; its name begins with the accelerator's.</summary>
    public static DomainInput Input(string scenario)
    {
        var machine = Machine(scenario);
        return DomainInputs.Of(machine, Parts(machine, scenario.StartsWith("kvm", StringComparison.Ordinal) ? Accelerators.Kvm : Accelerators.Tcg));
    }

    public static DomainParts Parts(VirtualMachine machine, string accelerator)
    {
        var kernel = machine.Spec.Firmware?.Kernel;
        return new DomainParts
        {
            Cluster = "0c0ffee0-0000-4000-8000-000000000001",
            Accelerator = accelerator,
            Files = (machine.Spec.Disks ?? []).ToDictionary(disk => disk.Name, disk => new DiskFile($"/var/lib/berth/pools/default/{disk.Name}", disk.Cdrom is null ? "qcow2" : "raw", DirectIo: disk.Cdrom is null)),
            KernelPath = kernel is null ? null : $"/var/lib/berth/pools/default/{kernel.Image}",
            InitrdPath = kernel?.Initrd is { } initrd ? $"/var/lib/berth/pools/default/{initrd}" : null,
            SeedPath = machine.Spec.CloudInit is null ? null : $"/var/lib/berth/seeds/{machine.Metadata.Uid}.iso",
            SeedDigest = machine.Spec.CloudInit is null ? null : "sha256:00",
            ConsoleLog = $"/var/lib/berth/console/{machine.Metadata.Name}.log",
            RestartedAt = machine.Spec.RestartedAt,
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        };
    }

    private static string FindSource()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var golden = Path.Combine(folder.FullName, "tests", "Agent", "Golden");
            if (Directory.Exists(golden))
            {
                return golden;
            }
        }

        return Path.Combine(AppContext.BaseDirectory, "Golden");
    }
}

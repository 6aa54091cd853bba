namespace Berth.NodeAgent.Domains;

/// <summary>What a check found.</summary>
internal sealed record Finding(string Message);

/// <summary>A running guest as it was started, and as the spec would start it now.</summary>
/// <param name="Running">Read from the definition that the guest was started from.</param>
/// <param name="Wanted">Read from the XML that the spec gives now.</param>
internal sealed record DomainComparison(DomainFacts Running, DomainFacts Wanted);

/// <summary>Why a running guest waits for a restart: a list of checks, each of which names one difference that cannot be made good while it runs.</summary>
internal static class RestartChecks
{
    private delegate Finding? Check(DomainComparison comparison);

    private static readonly Check[] Checks =
    [
        AcceleratorDiffers,
        CpuCountDiffers,
        CpuModelDiffers,
        MemoryDiffers,
        KernelDiffers,
        DisksDiffer,
        InterfacesDiffer,
        CloudInitDiffers,
    ];

    /// <summary>What differs, in the order of the list; empty when the guest is as the spec asks.</summary>
    public static IReadOnlyList<Finding> Of(DomainComparison comparison) => [.. Checks.Select(check => check(comparison)).OfType<Finding>()];

    private static Finding? AcceleratorDiffers(DomainComparison domain) =>
        domain.Running.Type == domain.Wanted.Type ? null : new Finding($"the node now runs guests as {domain.Wanted.Type}, this one runs as {domain.Running.Type}");

    private static Finding? CpuCountDiffers(DomainComparison domain)
    {
        var (running, wanted) = (domain.Running.Cpu, domain.Wanted.Cpu);
        return (running.Count, running.Topology) == (wanted.Count, wanted.Topology)
            ? null
            : new Finding($"spec.cpu asks for {wanted.Count} CPUs ({wanted.Topology} sockets, cores and threads), the guest has {running.Count} ({running.Topology})");
    }

    private static Finding? CpuModelDiffers(DomainComparison domain)
    {
        var (running, wanted) = (domain.Running.Cpu, domain.Wanted.Cpu);
        return (running.Model, running.Features) == (wanted.Model, wanted.Features)
            ? null
            : new Finding($"spec.cpu asks for the model {Describe(wanted)}, the guest has {Describe(running)}");
    }

    private static Finding? MemoryDiffers(DomainComparison domain) =>
        domain.Running.MemoryKibibytes == domain.Wanted.MemoryKibibytes
            ? null
            : new Finding($"spec.memory.size asks for {domain.Wanted.MemoryKibibytes} KiB, the guest has {domain.Running.MemoryKibibytes} KiB");

    private static Finding? KernelDiffers(DomainComparison domain) =>
        domain.Running.Kernel == domain.Wanted.Kernel ? null : new Finding("spec.firmware.kernel differs from what the guest was booted with");

    private static Finding? DisksDiffer(DomainComparison domain) => Differing(domain.Running.Disks, domain.Wanted.Disks, disk => disk.Serial) switch
    {
        [] => null,
        var names => new Finding($"spec.disks differs from the guest's: {string.Join(", ", names)}"),
    };

    private static Finding? InterfacesDiffer(DomainComparison domain) => Differing(domain.Running.Interfaces, domain.Wanted.Interfaces, card => card.Mac) switch
    {
        [] => null,
        var macs => new Finding($"spec.interfaces differs from the guest's: {string.Join(", ", macs)}"),
    };

    private static Finding? CloudInitDiffers(DomainComparison domain) =>
        domain.Running.Owner?.SeedDigest == domain.Wanted.Owner?.SeedDigest ? null : new Finding("spec.cloudInit differs from what the guest was started with");

    private static string[] Differing<T>(IReadOnlyList<T> running, IReadOnlyList<T> wanted, Func<T, string> name)
        where T : notnull =>
        running.SequenceEqual(wanted) ? [] : [.. running.Except(wanted).Concat(wanted.Except(running)).Select(name).Distinct().Order(StringComparer.Ordinal).DefaultIfEmpty("their order")];

    private static string Describe(CpuFacts cpu) => cpu.Features.Length == 0 ? cpu.Model : $"{cpu.Model} ({cpu.Features})";
}

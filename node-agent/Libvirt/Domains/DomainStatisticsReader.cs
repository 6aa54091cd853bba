using System.Globalization;
using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>Makes records of the flat names under which libvirt returns bulk statistics ("net.0.rx.bytes").</summary>
internal static class DomainStatisticsReader
{
    internal static DomainStatistics Read(Guid uuid, string name, TypedParameters values) => new(
        uuid,
        name,
        values.Number("state.state") is { } state
            ? DomainStatus.From((int)state, (int)values.NumberOrZero("state.reason"))
            : null,
        values.Number("cpu.time") is { } time
            ? new DomainCpuStatistics(time, values.NumberOrZero("cpu.user"), values.NumberOrZero("cpu.system"))
            : null,
        ReadMemory(values),
        ReadVcpus(values),
        ReadEach(values, "net", prefix => ReadInterface(values, prefix)),
        ReadEach(values, "block", prefix => ReadBlock(values, prefix)));

    private static DomainMemoryStatistics? ReadMemory(TypedParameters values) =>
        values.Number("balloon.current") is not { } current
            ? null
            : new DomainMemoryStatistics(
                current,
                values.NumberOrZero("balloon.maximum"),
                values.Number("balloon.rss"),
                values.Number("balloon.available"),
                values.Number("balloon.unused"),
                values.Number("balloon.usable"),
                values.Number("balloon.swap_in"),
                values.Number("balloon.swap_out"),
                values.Number("balloon.major_fault"),
                values.Number("balloon.minor_fault"),
                values.Number("balloon.disk_caches"));

    // Offline vCPUs leave gaps in the numbering, so all numbers up to the maximum are tried.
    private static List<DomainVcpuStatistics> ReadVcpus(TypedParameters values)
    {
        var vcpus = new List<DomainVcpuStatistics>();
        for (var number = 0; number < (int)values.NumberOrZero("vcpu.maximum"); number++)
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"vcpu.{number}");
            if (values.Number($"{prefix}.state") is { } state)
            {
                vcpus.Add(new DomainVcpuStatistics(
                    number,
                    state > 0,
                    values.Number($"{prefix}.time"),
                    values.Number($"{prefix}.wait"),
                    values.Number($"{prefix}.delay")));
            }
        }

        return vcpus;
    }

    private static List<T> ReadEach<T>(TypedParameters values, string group, Func<string, T> read) =>
        [.. Enumerable.Range(0, (int)values.NumberOrZero($"{group}.count"))
            .Select(i => read(string.Create(CultureInfo.InvariantCulture, $"{group}.{i}")))];

    private static DomainInterfaceStatistics ReadInterface(TypedParameters values, string prefix) => new(
        values.Text($"{prefix}.name") ?? "",
        new InterfaceStatistics(
            values.NumberOrZero($"{prefix}.rx.bytes"),
            values.NumberOrZero($"{prefix}.rx.pkts"),
            values.NumberOrZero($"{prefix}.rx.errs"),
            values.NumberOrZero($"{prefix}.rx.drop"),
            values.NumberOrZero($"{prefix}.tx.bytes"),
            values.NumberOrZero($"{prefix}.tx.pkts"),
            values.NumberOrZero($"{prefix}.tx.errs"),
            values.NumberOrZero($"{prefix}.tx.drop")));

    private static DomainBlockStatistics ReadBlock(TypedParameters values, string prefix) => new(
        values.Text($"{prefix}.name") ?? "",
        values.Text($"{prefix}.path"),
        new BlockStatistics(
            values.NumberOrZero($"{prefix}.rd.reqs"),
            values.NumberOrZero($"{prefix}.rd.bytes"),
            values.Number($"{prefix}.rd.times"),
            values.NumberOrZero($"{prefix}.wr.reqs"),
            values.NumberOrZero($"{prefix}.wr.bytes"),
            values.Number($"{prefix}.wr.times"),
            values.Number($"{prefix}.fl.reqs"),
            values.Number($"{prefix}.fl.times")),
        values.Number($"{prefix}.capacity"),
        values.Number($"{prefix}.allocation"),
        values.Number($"{prefix}.physical"));
}

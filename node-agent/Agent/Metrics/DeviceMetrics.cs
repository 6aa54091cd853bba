using System.Diagnostics.Metrics;
using Berth.Libvirt;
using Berth.Runtime.Metrics;
using Labels = System.Collections.Generic.KeyValuePair<string, object?>[];

namespace Berth.NodeAgent.Metrics;

/// <summary>Figures of the vCPUs, disks and network interfaces of each VM that is given to this node.</summary>
internal sealed class DeviceMetrics(MetricFactory metrics, GuestCollector guests)
{
    private const double Nanoseconds = 1e9;

    public void Register()
    {
        RegisterVcpus();
        RegisterDisks();
        RegisterInterfaces();
    }

    private void RegisterVcpus()
    {
        metrics.CreateGaugeCallback("berth_virtual_machine_vcpu_online", "1 when the vCPU is plugged in, else 0.", () => Each(machine => machine.Vcpus, vcpu => vcpu.IsOnline ? 1 : 0));
        VcpuCounter("berth_virtual_machine_vcpu_seconds_total", "CPU time of the vCPU on the host.", vcpu => vcpu.TimeNanoseconds / Nanoseconds);
        VcpuCounter("berth_virtual_machine_vcpu_wait_seconds_total", "Time that the vCPU waited for input or output of the host.", vcpu => vcpu.WaitNanoseconds / Nanoseconds);
        VcpuCounter("berth_virtual_machine_vcpu_delay_seconds_total", "Time that the vCPU was ready and waited for a CPU of the host: what the guest sees as steal time.", vcpu => vcpu.DelayNanoseconds / Nanoseconds);
    }

    private void RegisterDisks()
    {
        DiskCounter("berth_virtual_machine_disk_read_bytes_total", "What the guest has read.", disk => disk.Traffic.ReadBytes);
        DiskCounter("berth_virtual_machine_disk_written_bytes_total", "What the guest has written.", disk => disk.Traffic.WriteBytes);
        DiskCounter("berth_virtual_machine_disk_reads_completed_total", "Reads.", disk => disk.Traffic.ReadRequests);
        DiskCounter("berth_virtual_machine_disk_writes_completed_total", "Writes.", disk => disk.Traffic.WriteRequests);
        DiskCounter("berth_virtual_machine_disk_flushes_completed_total", "Flushes.", disk => disk.Traffic.FlushRequests);
        DiskCounter("berth_virtual_machine_disk_read_time_seconds_total", "Time that reads took, added up.", disk => disk.Traffic.ReadNanoseconds / Nanoseconds);
        DiskCounter("berth_virtual_machine_disk_write_time_seconds_total", "Time that writes took, added up.", disk => disk.Traffic.WriteNanoseconds / Nanoseconds);
        DiskCounter("berth_virtual_machine_disk_flush_time_seconds_total", "Time that flushes took, added up.", disk => disk.Traffic.FlushNanoseconds / Nanoseconds);
        DiskGauge("berth_virtual_machine_disk_capacity_bytes", "Size of the disk as the guest sees it.", disk => disk.Capacity);
        DiskGauge("berth_virtual_machine_disk_allocation_bytes", "The highest place in the disk's file that was written to.", disk => disk.Allocation);
        DiskGauge("berth_virtual_machine_disk_physical_bytes", "Size of the disk's file.", disk => disk.Physical);
    }

    private void RegisterInterfaces()
    {
        InterfaceCounter("berth_virtual_machine_network_receive_bytes_total", "What the guest has received.", card => card.ReceivedBytes);
        InterfaceCounter("berth_virtual_machine_network_receive_packets_total", "Packets that the guest has received.", card => card.ReceivedPackets);
        InterfaceCounter("berth_virtual_machine_network_receive_errors_total", "Errors while receiving.", card => card.ReceivedErrors);
        InterfaceCounter("berth_virtual_machine_network_receive_packets_dropped_total", "Packets for the guest that were dropped.", card => card.ReceivedDropped);
        InterfaceCounter("berth_virtual_machine_network_transmit_bytes_total", "What the guest has sent.", card => card.SentBytes);
        InterfaceCounter("berth_virtual_machine_network_transmit_packets_total", "Packets that the guest has sent.", card => card.SentPackets);
        InterfaceCounter("berth_virtual_machine_network_transmit_errors_total", "Errors while sending.", card => card.SentErrors);
        InterfaceCounter("berth_virtual_machine_network_transmit_packets_dropped_total", "Packets of the guest that were dropped.", card => card.SentDropped);
    }

    private void VcpuCounter(string name, string help, Func<DomainVcpuStatistics, double?> figure) =>
        metrics.CreateCounterCallback(name, help, () => Each(machine => machine.Vcpus, figure));

    private void DiskCounter(string name, string help, Func<DomainBlockStatistics, double?> figure) =>
        metrics.CreateCounterCallback(name, help, () => Each(machine => machine.Disks, figure));

    private void DiskGauge(string name, string help, Func<DomainBlockStatistics, double?> figure) =>
        metrics.CreateGaugeCallback(name, help, () => Each(machine => machine.Disks, figure));

    private void InterfaceCounter(string name, string help, Func<InterfaceStatistics, double?> figure) =>
        metrics.CreateCounterCallback(name, help, () => Each(machine => machine.Interfaces, card => figure(card.Traffic)));

    private IEnumerable<Measurement<double>> Each<T>(Func<MachineFigures, IReadOnlyList<(Labels Labels, T Figures)>> devices, Func<T, double?> figure)
    {
        foreach (var machine in guests.Latest.Machines)
        {
            foreach (var (labels, figures) in devices(machine))
            {
                if (figure(figures) is { } value)
                {
                    yield return new(value, labels);
                }
            }
        }
    }
}

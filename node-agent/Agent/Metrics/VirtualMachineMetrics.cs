using System.Diagnostics.Metrics;
using Berth.Kubernetes;
using Berth.Libvirt;
using Berth.Runtime.Metrics;
using DomainState = Berth.NodeAgent.VirtualMachines.DomainState;

namespace Berth.NodeAgent.Metrics;

/// <summary>Figures of each VM that is given to this node: what it is, what it does, its CPU time, its memory, its migration.</summary>
internal sealed class VirtualMachineMetrics(MetricFactory metrics, GuestCollector guests, GuestAgents agents)
{
    private const double Kibibyte = 1024;
    private const double Nanoseconds = 1e9;

    // libvirt's own words for the states of a domain.
    private static readonly (DomainState State, string Name)[] States =
    [
        (DomainState.Running, "running"),
        (DomainState.Paused, "paused"),
        (DomainState.ShuttingDown, "shutdown"),
        (DomainState.Off, "shutoff"),
        (DomainState.Crashed, "crashed"),
    ];

    public void Register()
    {
        RegisterWhatItIs();
        RegisterCpu();
        RegisterMemory();
        RegisterMigration();
    }

    private void RegisterWhatItIs()
    {
        metrics.CreateGaugeCallback("berth_virtual_machine_info", "1, with what the VM is.", () => guests.Latest.Machines.Select(Info));
        metrics.CreateGaugeCallback(
            "berth_virtual_machine_state",
            "1 for the state that libvirt says the guest is in, 0 for the others.",
            () => guests.Latest.Machines.Where(machine => machine.State is not null).SelectMany(StateSet));
        Gauge("berth_virtual_machine_ready", "1 when the VM is as its spec asks, else 0.", machine => machine.Machine.Status?.Conditions.IsTrue(Api.ConditionTypes.Ready) == true ? 1 : 0);
        Gauge("berth_virtual_machine_start_time_seconds", "When the guest was started, in seconds since 1970.", machine => machine.Machine.Status?.StartedAt?.ToUnixTimeSeconds());
        Gauge("berth_virtual_machine_guest_agent_connected", "1 when an agent in the guest has opened its channel, else 0.", machine => agents.IsConnected(machine) is { } connected ? connected ? 1 : 0 : null);
    }

    private void RegisterCpu()
    {
        Counter("berth_virtual_machine_cpu_seconds_total", "CPU time of the guest and its QEMU on the host.", guest => guest.Cpu?.TotalNanoseconds / Nanoseconds);
        Counter("berth_virtual_machine_cpu_user_seconds_total", "CPU time of the guest's QEMU in user mode.", guest => guest.Cpu?.UserNanoseconds / Nanoseconds);
        Counter("berth_virtual_machine_cpu_system_seconds_total", "CPU time of the guest's QEMU in the host's kernel.", guest => guest.Cpu?.SystemNanoseconds / Nanoseconds);
    }

    private void RegisterMemory()
    {
        Gauge("berth_virtual_machine_memory_bytes", "Memory that the guest has at present.", machine => machine.Guest?.Memory?.Current * Kibibyte);
        Gauge("berth_virtual_machine_memory_max_bytes", "Memory that the guest can have.", machine => machine.Guest?.Memory?.Maximum * Kibibyte);
        Gauge("berth_virtual_machine_memory_resident_bytes", "Memory of the host that the guest's QEMU holds.", machine => machine.Guest?.Memory?.Rss * Kibibyte);
        Gauge("berth_virtual_machine_memory_available_bytes", "Memory that the guest's kernel sees in all.", machine => machine.Guest?.Memory?.Available * Kibibyte);
        Gauge("berth_virtual_machine_memory_unused_bytes", "Memory that the guest uses for nothing.", machine => machine.Guest?.Memory?.Unused * Kibibyte);
        Gauge("berth_virtual_machine_memory_usable_bytes", "Memory that the guest could give up without swapping.", machine => machine.Guest?.Memory?.Usable * Kibibyte);
        Gauge("berth_virtual_machine_memory_disk_caches_bytes", "Memory that the guest could give up from its caches of disks.", machine => machine.Guest?.Memory?.DiskCaches * Kibibyte);
        Counter("berth_virtual_machine_memory_swap_in_bytes_total", "What the guest has read from its own swap space.", guest => guest.Memory?.SwapIn * Kibibyte);
        Counter("berth_virtual_machine_memory_swap_out_bytes_total", "What the guest has written to its own swap space.", guest => guest.Memory?.SwapOut * Kibibyte);
        Counter("berth_virtual_machine_memory_major_page_faults_total", "Page faults in the guest that needed its disk.", guest => guest.Memory?.MajorFaults);
        Counter("berth_virtual_machine_memory_minor_page_faults_total", "Page faults in the guest that did not.", guest => guest.Memory?.MinorFaults);
    }

    private void RegisterMigration()
    {
        Gauge("berth_virtual_machine_migration_elapsed_seconds", "For how long the migration has been going on.", machine => machine.Job?.TimeElapsed / 1000.0);
        Gauge("berth_virtual_machine_migration_data_bytes", "What the migration has to transfer in all.", machine => machine.Job?.DataTotal);
        Gauge("berth_virtual_machine_migration_data_processed_bytes", "What the migration has transferred.", machine => machine.Job?.DataProcessed);
        Gauge("berth_virtual_machine_migration_data_remaining_bytes", "What the migration has still to transfer.", machine => machine.Job?.DataRemaining);
        Gauge("berth_virtual_machine_migration_memory_bytes_per_second", "The rate at which the migration transfers memory.", machine => machine.Job?.MemoryBytesPerSecond);
        Gauge("berth_virtual_machine_migration_dirty_pages_per_second", "The rate at which the guest changes pages of its memory meanwhile.", machine => machine.Job?.MemoryDirtyPagesPerSecond);
    }

    private static Measurement<double> Info(MachineFigures machine)
    {
        KeyValuePair<string, object?>[] labels =
        [
            .. machine.Labels,
            new("uid", machine.Machine.Uid()),
            new("machine_type", machine.Machine.Status?.Domain?.MachineType ?? ""),
            new("accelerator", machine.Machine.Status?.Domain?.Accelerator ?? ""),
        ];
        return new(1, labels);
    }

    private static IEnumerable<Measurement<double>> StateSet(MachineFigures machine) =>
        States.Select(each => new Measurement<double>(machine.State == each.State ? 1 : 0, machine.With("state", each.Name)));

    private void Gauge(string name, string help, Func<MachineFigures, double?> figure) => metrics.CreateGaugeCallback(name, help, () => Each(figure));

    private void Counter(string name, string help, Func<DomainStatistics, double?> figure) =>
        metrics.CreateCounterCallback(name, help, () => Each(machine => machine.Guest is { } guest ? figure(guest) : null));

    // What is not known is left out: a 0 would be a figure.
    private IEnumerable<Measurement<double>> Each(Func<MachineFigures, double?> figure)
    {
        foreach (var machine in guests.Latest.Machines)
        {
            if (figure(machine) is { } value)
            {
                yield return new(value, machine.Labels);
            }
        }
    }
}

using System.Diagnostics.Metrics;
using Berth.NodeAgent.Admission;
using Berth.NodeAgent.Host;
using Berth.Runtime.Metrics;

namespace Berth.NodeAgent.Metrics;

/// <summary>Figures of the node itself, and of the scrape of its guests.</summary>
internal sealed class HypervisorMetrics(MetricFactory metrics, GuestCollector guests, HostFiles host, HostPages pages, AgentOptions options)
{
    public void Register()
    {
        RegisterScrape();
        RegisterHost();
        RegisterPages();
        RegisterGuests();
    }

    private void RegisterScrape()
    {
        Gauge("berth_domain_statistics_scrape_seconds", "How long the guests' figures took to gather.", () => guests.Latest.Elapsed.TotalSeconds);
        Gauge("berth_domain_statistics_scrape_success", "1 when all the guests' figures were gathered, 0 when only those that need no answer of a guest, or none.", () => guests.Latest.IsComplete ? 1 : 0);
        Gauge("berth_domain_statistics_age_seconds", "How old the figures are that only guests can tell; 0 when they answered this scrape.", () => guests.Latest.Age?.TotalSeconds);
        Gauge("berth_hypervisor_libvirt_available", "1 when libvirt answered this scrape, else 0.", () => guests.Latest.Guests is null ? 0 : 1);
    }

    private void RegisterHost()
    {
        Gauge("berth_hypervisor_cpus", "Logical CPUs of the node.", () => host.CpuCount());
        Gauge("berth_hypervisor_memory_bytes", "Memory of the node.", () => host.MemoryBytes());
        Gauge("berth_hypervisor_memory_available_bytes", "Memory of the node that could be used without swapping.", () => host.AvailableMemoryBytes());
        Gauge("berth_hypervisor_memory_reserve_bytes", "Memory of the node that no guest is started into.", () => options.MemoryReserve);
    }

    private void RegisterPages()
    {
        metrics.CreateGaugeCallback("berth_hypervisor_hugepages", "Huge pages of the node by their size in bytes.", () => pages.HugePages().Select(each => Sized(each.Size, each.Total)));
        metrics.CreateGaugeCallback("berth_hypervisor_hugepages_free", "Huge pages of the node that nobody uses, by their size in bytes.", () => pages.HugePages().Select(each => Sized(each.Size, each.Free)));
        Gauge("berth_hypervisor_ksm_saved_bytes", "Memory that the kernel saves by merging equal pages (KSM).", () => pages.KsmSavedBytes());
    }

    private void RegisterGuests()
    {
        Gauge("berth_hypervisor_active_domains", "Guests that run or are paused, whoever made them.", () => guests.Latest.Guests?.Count);
        Gauge("berth_hypervisor_allocated_vcpus", "vCPUs of these guests.", () => Sum(guest => guest.Vcpus.Count(vcpu => vcpu.IsOnline)));
        Gauge("berth_hypervisor_memory_promised_bytes", "Memory that these guests may have, with QEMU's overhead.", () => Sum(guest => GuestPromise.Of(guest).Promised));
        Gauge("berth_hypervisor_memory_untouched_bytes", "What of it they have not yet taken.", () => Sum(guest => Untouched(GuestPromise.Of(guest))));
    }

    private static double Untouched(GuestPromise guest) => Math.Max(0, guest.Promised - guest.Resident);

    // Memory and vCPUs are the guests' to tell: without their answers there is no sum.
    private double? Sum(Func<Libvirt.DomainStatistics, double> figure) => guests.Latest is { IsComplete: true, Guests: { } all } ? all.Sum(figure) : null;

    private static Measurement<double> Sized(long size, long count) => new(count, new KeyValuePair<string, object?>("size", size));

    private void Gauge(string name, string help, Func<double?> figure) =>
        metrics.CreateGaugeCallback(name, help, () => figure() is { } value ? [new Measurement<double>(value)] : []);
}

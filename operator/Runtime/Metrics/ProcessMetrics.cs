using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Berth.Runtime.Metrics;

/// <summary>Figures of the process and of the .NET heap, by the names that Prometheus' own clients use.</summary>
internal static class ProcessMetrics
{
    public static void Register(MetricFactory metrics)
    {
        double started;
        using (var process = Process.GetCurrentProcess())
        {
            started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        }

        Gauge(metrics, "process_start_time_seconds", "When the process started, since the epoch.", () => started);
        Gauge(metrics, "process_resident_memory_bytes", "Memory of the process that is in RAM.", () => Environment.WorkingSet);
        Gauge(metrics, "process_open_fds", "Open file descriptors.", CountDescriptors);
        Gauge(metrics, "process_threads", "Threads of the process, the runtime's own too.", CountThreads);
        Gauge(metrics, "dotnet_gc_heap_bytes", "Managed heap in use.", () => GC.GetTotalMemory(forceFullCollection: false));
        Gauge(metrics, "dotnet_gc_committed_bytes", "Memory committed for the managed heap.", () => GC.GetGCMemoryInfo().TotalCommittedBytes);
        metrics.CreateCounterCallback(
            "process_cpu_seconds_total", "Processor time used.", () => [new Measurement<double>(Environment.CpuUsage.TotalTime.TotalSeconds)]);
        metrics.CreateCounterCallback(
            "dotnet_gc_collections_total",
            "Garbage collections, by generation.",
            () => Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation => new Measurement<double>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation))));
        metrics.CreateCounterCallback(
            "dotnet_gc_allocated_bytes_total", "Bytes allocated on the managed heap.", () => [new Measurement<double>(GC.GetTotalAllocatedBytes())]);
    }

    private static void Gauge(MetricFactory metrics, string name, string help, Func<double> read) =>
        metrics.CreateGaugeCallback(name, help, () => [new Measurement<double>(read())]);

    private static double CountDescriptors()
    {
        const string Folder = "/proc/self/fd";
        return Directory.Exists(Folder) ? Directory.EnumerateFileSystemEntries(Folder).Count() : 0;
    }

    private static double CountThreads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }
}

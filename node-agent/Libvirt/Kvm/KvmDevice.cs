using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Berth.Libvirt.Kvm;

/// <summary>The host's KVM device.</summary>
public static class KvmDevice
{
    /// <summary>Where the kernel puts the device.</summary>
    public const string DefaultPath = "/dev/kvm";

    private const int SupportedApiVersion = 12;
    private const int UserMemoryExtension = 3;
    private const int VcpusExtension = 9;
    private const int MemorySlotsExtension = 10;
    private const int MaximumVcpusExtension = 66;

    /// <summary>Checks KVM by use: opens the device, creates a virtual machine with a vCPU and runs a few instructions in it.</summary>
    /// <remarks>
    /// Runs on a thread of its own. When it does not end in time the result says so and the thread, which hangs in the
    /// kernel, is left behind. On other processors than x86-64 the vCPU is created and not run.
    /// </remarks>
    public static async Task<KvmCheck> CheckAsync(
        string path, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var completion = new TaskCompletionSource<KvmCheck>(TaskCreationOptions.RunContinuationsAsynchronously);
        var report = new Progress();
        new Thread(() => Complete(completion, path, report)) { IsBackground = true, Name = "kvm-check" }.UnsafeStart();
        try
        {
            return await completion.Task.WaitAsync(timeout, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return report.Failed($"the self-test did not end within {timeout.TotalSeconds:0.###} s");
        }
    }

    private static void Complete(TaskCompletionSource<KvmCheck> completion, string path, Progress report)
    {
        try
        {
            completion.TrySetResult(Check(path, report));
        }
        catch (Exception exception) when (exception is KvmException or IOException or UnauthorizedAccessException)
        {
            completion.TrySetResult(report.Failed(exception.Message));
        }
        catch (Exception exception)
        {
            completion.TrySetException(exception);
        }
    }

    private static KvmCheck Check(string path, Progress report)
    {
        // FileShare.ReadWrite, or .NET would put a lock on the device.
        using var device = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        report.ApiVersion = Control(device, KvmNative.GetApiVersion, 0, "KVM_GET_API_VERSION");
        if (report.ApiVersion != SupportedApiVersion)
        {
            return report.Failed($"KVM API version {report.ApiVersion} instead of {SupportedApiVersion}");
        }

        if (Extension(device, UserMemoryExtension) == 0)
        {
            return report.Failed("KVM cannot use memory of its process (KVM_CAP_USER_MEMORY)");
        }

        report.MaximumVcpus = Math.Max(
            Extension(device, VcpusExtension), Extension(device, MaximumVcpusExtension));
        report.MemorySlots = Extension(device, MemorySlotsExtension);
        RunGuest(device);
        return new KvmCheck(true, "", report.ApiVersion, report.MaximumVcpus, report.MemorySlots);
    }

    private static void RunGuest(SafeFileHandle device)
    {
        using var machine = Own(Control(device, KvmNative.CreateVm, 0, "KVM_CREATE_VM"));
        using var vcpu = Own(Control(machine, KvmNative.CreateVcpu, 0, "KVM_CREATE_VCPU"));
        if (RuntimeInformation.ProcessArchitecture is not Architecture.X64)
        {
            return;
        }

        var size = Control(device, KvmNative.GetVcpuMmapSize, 0, "KVM_GET_VCPU_MMAP_SIZE");
        using var guest = new KvmSelfTest(machine, vcpu, size);
        guest.Run();
    }

    private static int Extension(SafeFileHandle device, int extension) =>
        Control(device, KvmNative.CheckExtension, extension, "KVM_CHECK_EXTENSION");

    private static int Control(SafeFileHandle file, nuint request, nint argument, string step)
    {
        var result = KvmNative.Control(file, request, argument);
        return result >= 0 ? result : throw KvmException.FromLastError(step);
    }

    private static SafeFileHandle Own(int descriptor) => new(descriptor, ownsHandle: true);

    // What is known so far, for a check that never ends.
    private sealed class Progress
    {
        internal int? ApiVersion { get; set; }

        internal int? MaximumVcpus { get; set; }

        internal int? MemorySlots { get; set; }

        internal KvmCheck Failed(string reason) => new(false, reason, ApiVersion, MaximumVcpus, MemorySlots);
    }
}

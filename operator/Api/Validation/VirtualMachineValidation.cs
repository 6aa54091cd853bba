using System.Text;

namespace Berth.Api;

/// <summary>What stands against a VirtualMachine: values that cannot work, and fields that this version does not carry out.</summary>
public static class VirtualMachineValidation
{
    private const decimal Mebibyte = 1024m * 1024;
    private const decimal MaxMemory = Mebibyte * 1024 * 1024 * 64;
    private const int MaxCpus = 4096;
    private const int MaxKernelCommandLine = 4096;
    private const int MaxCloudInitBytes = 512 * 1024;

    // Read as the list of what is checked; each rule reports all that it finds.
    private static readonly IReadOnlyList<Action<VirtualMachineSpec, FieldFindings>> Rules =
    [
        Lifecycle, PlacementRules.Check, CpuTopology, CpuModel, MemorySize, FirmwareType, Kernel,
        DiskRules.Check, InterfaceRules.Check, CloudInitText, Devices,
    ];

    /// <summary>All findings, in the order of the spec's fields, at most 50; none when the VM can be run. Never throws.</summary>
    public static IReadOnlyList<FieldFinding> Check(VirtualMachine? machine)
    {
        var findings = new FieldFindings();
        findings.Unknown(machine?.UnknownFields);
        ValidName(machine, findings);
        if (machine?.Spec is not { } spec)
        {
            findings.Invalid("spec", "is missing.");
            return findings.All;
        }

        foreach (var rule in Rules)
        {
            rule(spec, findings);
        }

        DiskRules.CheckVolumesDiffer(machine.Metadata?.Name, spec, findings);

        return findings.All;
    }

    private static void ValidName(VirtualMachine? machine, FieldFindings findings)
    {
        var name = machine?.Metadata?.Name;
        if (!FieldText.IsDnsLabel(name))
        {
            findings.Invalid("metadata.name", $"{FieldText.Quoted(name)} is not a DNS label: at most 63 lower-case letters, digits and inner '-'.");
        }
    }

    private static void Lifecycle(VirtualMachineSpec spec, FieldFindings findings)
    {
        findings.Carried("spec.powerState", spec.PowerState, [PowerStates.Running, PowerStates.Stopped], [PowerStates.Paused, PowerStates.Saved]);
        findings.OneOf("spec.restartPolicy", spec.RestartPolicy ?? "", RestartPolicies.Always, RestartPolicies.OnFailure, RestartPolicies.Never);
        findings.Range("spec.terminationGracePeriodSeconds", spec.TerminationGracePeriodSeconds, 0, 86400);
        findings.Carried(
            "spec.evictionStrategy", spec.EvictionStrategy,
            [EvictionStrategies.LiveMigrateIfPossible, EvictionStrategies.None], [EvictionStrategies.LiveMigrate, EvictionStrategies.Shutdown]);
    }

    private static void CpuTopology(VirtualMachineSpec spec, FieldFindings findings)
    {
        if (spec.Cpu is not { } cpu)
        {
            return;
        }

        findings.Range("spec.cpu.cores", cpu.Cores, 1, 1024);
        findings.Range("spec.cpu.sockets", cpu.Sockets, 1, 64);
        findings.Range("spec.cpu.threads", cpu.Threads, 1, 8);
        var count = (decimal)cpu.Cores * cpu.Sockets * cpu.Threads;
        if (count > MaxCpus)
        {
            findings.Invalid("spec.cpu", $"sockets × cores × threads are {count} virtual CPUs; at most {MaxCpus} are allowed.");
        }

        if (cpu.Max is not null)
        {
            findings.NotSupported("spec.cpu.max", "adding CPUs while the VM runs");
        }

        if (cpu.Dedicated == true)
        {
            findings.NotSupported("spec.cpu.dedicated", "giving the VM host CPUs of its own");
        }
    }

    private static void CpuModel(VirtualMachineSpec spec, FieldFindings findings)
    {
        if (spec.Cpu is not { } cpu)
        {
            return;
        }

        if (!FieldText.IsWord(cpu.Model))
        {
            findings.Invalid("spec.cpu.model", $"{FieldText.Quoted(cpu.Model)} is not a CPU model; give host-model, host-passthrough, maximum or a name that libvirt knows.");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        findings.AtMost("spec.cpu.features", cpu.Features, 128);
        foreach (var (feature, path) in FieldPath.Items("spec.cpu.features", cpu.Features))
        {
            if (!FieldText.IsWord(feature?.Name))
            {
                findings.Invalid($"{path}.name", $"{FieldText.Quoted(feature?.Name)} is not a CPU feature such as vmx or aes.");
            }
            else if (!seen.Add(feature!.Name))
            {
                findings.Invalid($"{path}.name", $"{FieldText.Quoted(feature.Name)} is listed more than once.");
            }

            findings.OneOf($"{path}.policy", feature?.Policy, "require", "optional", "force", "disable", "forbid");
        }
    }

    private static void MemorySize(VirtualMachineSpec spec, FieldFindings findings)
    {
        var size = spec.Memory?.Size ?? default;
        if (!size.IsValid || size.Value < Mebibyte || size.Value % Mebibyte != 0)
        {
            findings.Invalid("spec.memory.size", $"{FieldText.Quoted(size.ToString())} is not whole MiB; give at least 1Mi, such as 512Mi or 2Gi.");
        }
        else if (size.Value > MaxMemory)
        {
            findings.Invalid("spec.memory.size", $"{size} is more than a VM can have; at most 64Ti is allowed.");
        }

        if (spec.Memory?.Max is not null)
        {
            findings.NotSupported("spec.memory.max", "adding memory while the VM runs");
        }

        if (spec.Memory?.Hugepages is not null)
        {
            findings.NotSupported("spec.memory.hugepages", "memory on huge pages");
        }
    }

    private static void FirmwareType(VirtualMachineSpec spec, FieldFindings findings)
    {
        if (spec.Firmware is not { } firmware)
        {
            return;
        }

        findings.Carried("spec.firmware.type", firmware.Type, ["bios"], ["uefi"]);
        if (firmware.SecureBoot == true)
        {
            findings.NotSupported("spec.firmware.secureBoot", "secure boot");
        }

        if (firmware.Tpm == true)
        {
            findings.NotSupported("spec.firmware.tpm", "an emulated TPM");
        }
    }

    private static void Kernel(VirtualMachineSpec spec, FieldFindings findings)
    {
        if (spec.Firmware?.Kernel is not { } kernel)
        {
            return;
        }

        const string Field = "spec.firmware.kernel";
        findings.ObjectName($"{Field}.image", kernel.Image, "an Image of type kernel; initrd and cmdline need one too", required: true);
        findings.ObjectName($"{Field}.initrd", kernel.Initrd, "an Image of type initrd", required: false);
        if (kernel.Cmdline is { } commandLine && (commandLine.Length > MaxKernelCommandLine || !FieldText.IsPrintable(commandLine)))
        {
            findings.Invalid($"{Field}.cmdline", $"must be one line of at most {MaxKernelCommandLine} characters, without control characters.");
        }
    }

    private static void CloudInitText(VirtualMachineSpec spec, FieldFindings findings)
    {
        if (spec.CloudInit is not { } cloudInit)
        {
            return;
        }

        if (cloudInit.UserDataSecretRef is { } secret)
        {
            SecretReference(secret, cloudInit.UserData, findings);
        }

        var bytes = (long)Encoding.UTF8.GetByteCount(cloudInit.UserData ?? "") + Encoding.UTF8.GetByteCount(cloudInit.NetworkData ?? "");
        if (bytes > MaxCloudInitBytes)
        {
            findings.Invalid("spec.cloudInit", $"userData and networkData are {bytes} bytes; at most {MaxCloudInitBytes} are allowed together.");
        }
    }

    private static void SecretReference(SecretKeyReference secret, string? userData, FieldFindings findings)
    {
        const string Field = "spec.cloudInit.userDataSecretRef";
        findings.ObjectName($"{Field}.name", secret.Name, "a Secret in the VM's namespace", required: true);
        if (secret.Key is { Length: > 0 } key && !(key.Length <= 253 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
        {
            findings.Invalid($"{Field}.key", "must be a key of a Secret: at most 253 letters, digits, '-', '_' and '.'.");
        }

        if (!string.IsNullOrEmpty(userData))
        {
            findings.Invalid(Field, "stands beside spec.cloudInit.userData; give one of the two.");
        }
    }

    private static void Devices(VirtualMachineSpec spec, FieldFindings findings)
    {
        if (FieldRules.IsGiven(spec.Devices))
        {
            findings.NotSupported("spec.devices", "adding devices");
        }
    }
}

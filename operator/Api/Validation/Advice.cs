namespace Berth.Api;

/// <summary>What works and is unwise, in sentences that name the field. Nothing is refused for it.</summary>
public static class Advice
{
    // The smallest general-purpose systems need about that much to boot.
    private const decimal SmallestSystem = 128m * 1024 * 1024;

    public static IReadOnlyList<string> For(VirtualMachine machine)
    {
        var advice = new List<string>();
        if (machine.Spec.Memory?.Size is { IsValid: true } size && size.Value < SmallestSystem)
        {
            advice.Add($"spec.memory.size: {size} is too small for most operating systems; give 512Mi or more.");
        }

        if (machine.Spec.TerminationGracePeriodSeconds == 0)
        {
            advice.Add("spec.terminationGracePeriodSeconds: 0 cuts the guest off without a shutdown, and what it has not written is lost.");
        }

        if (machine.Spec.Disks is null or { Count: 0 } && machine.Spec.Firmware?.Kernel is null)
        {
            advice.Add("spec.disks: there is neither a disk nor a kernel; the guest has nothing to boot.");
        }

        return advice;
    }

    public static IReadOnlyList<string> For(Image image)
    {
        var advice = new List<string>(ImageValidation.Advice(image));
        if (image.Spec.Source?.Url?.StartsWith("http://", StringComparison.Ordinal) == true)
        {
            advice.Add("spec.source.url: http can be read and changed on the way; use https.");
        }

        return advice;
    }
}

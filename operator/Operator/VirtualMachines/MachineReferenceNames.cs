using Berth.Api;
using Berth.Kubernetes;

namespace Berth.Operator.VirtualMachines;

/// <summary>Kinds that a VM's spec names.</summary>
internal enum ReferenceKind
{
    Image,
    Network,
    Pool,
    Volume,
}

/// <summary>The names of what a VM's spec names. An empty pool name is the default pool.</summary>
internal static class MachineReferenceNames
{
    /// <summary>Index of VMs by what they name; see <see cref="Key"/>.</summary>
    public const string Index = "references";

    public static IEnumerable<(ReferenceKind Kind, string Name)> Of(VirtualMachine machine) => All(machine).Distinct();

    /// <summary>The value that the index lists a VM under; volumes are of the VM's own namespace.</summary>
    public static string Key(ReferenceKind kind, string name, string? @namespace = null) =>
        kind == ReferenceKind.Volume ? $"{kind}/{@namespace}/{name}" : $"{kind}/{name}";

    public static IEnumerable<string> KeysOf(VirtualMachine machine) =>
        Of(machine).Select(reference => Key(reference.Kind, reference.Name, machine.Namespace()));

    private static IEnumerable<(ReferenceKind, string)> All(VirtualMachine machine)
    {
        var images = new List<string?> { machine.Spec?.Firmware?.Kernel?.Image, machine.Spec?.Firmware?.Kernel?.Initrd };
        foreach (var disk in machine.GivenDisks())
        {
            if (disk.Template is { } template)
            {
                yield return (ReferenceKind.Pool, template.Pool ?? "");
                if (!string.IsNullOrEmpty(template.Image))
                {
                    yield return (ReferenceKind.Image, template.Image);
                }
            }

            if (disk.Volume is { } volume)
            {
                yield return (ReferenceKind.Volume, volume.Name);
            }

            images.Add(disk.Cdrom?.Image);
        }

        foreach (var image in images.Where(image => !string.IsNullOrEmpty(image)))
        {
            yield return (ReferenceKind.Image, image!);

            // Kernels, initrds and CD-ROMs are used from the default pool's copy.
            yield return (ReferenceKind.Pool, "");
        }

        foreach (var card in machine.GivenInterfaces())
        {
            yield return (ReferenceKind.Network, card.Network);
        }
    }
}

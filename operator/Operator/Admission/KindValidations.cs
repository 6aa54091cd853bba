using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>The rules of every kind, by plural.</summary>
internal static class KindValidations
{
    public static readonly IReadOnlyDictionary<string, KindValidation> All = new KindValidation[]
    {
        new KindValidation<VirtualMachine>("virtualmachines", ApiJsonContext.Default.VirtualMachine, VirtualMachineValidation.Check) { Advice = Advice.For },
        new KindValidation<StorageVolume>("storagevolumes", ApiJsonContext.Default.StorageVolume, StorageVolumeValidation.Check) { Changes = FieldChanges.Check },
        new KindValidation<StoragePool>("storagepools", ApiJsonContext.Default.StoragePool, StoragePoolValidation.Check) { Changes = FieldChanges.Check },
        new KindValidation<Image>("images", ApiJsonContext.Default.Image, ImageValidation.Check) { Changes = FieldChanges.Check, Advice = Advice.For },
        new KindValidation<VirtualNetwork>("virtualnetworks", ApiJsonContext.Default.VirtualNetwork, VirtualNetworkValidation.Check),
        new KindValidation<Hypervisor>("hypervisors", ApiJsonContext.Default.Hypervisor, HypervisorValidation.Check),
    }.ToDictionary(kind => kind.Resource, StringComparer.Ordinal);
}

namespace Berth.Libvirt.Interop;

internal sealed class VirConnectHandle() : LibvirtHandle(LibvirtObjectKind.Connection)
{
    protected override int Free(nint reference) => LibvirtNative.virConnectClose(reference);
}

internal sealed class VirDomainHandle() : LibvirtHandle(LibvirtObjectKind.Domain)
{
    protected override int Free(nint reference) => LibvirtNative.virDomainFree(reference);
}

internal sealed class VirStoragePoolHandle() : LibvirtHandle(LibvirtObjectKind.StoragePool)
{
    protected override int Free(nint reference) => LibvirtNative.virStoragePoolFree(reference);
}

internal sealed class VirStorageVolHandle() : LibvirtHandle(LibvirtObjectKind.StorageVolume)
{
    protected override int Free(nint reference) => LibvirtNative.virStorageVolFree(reference);
}

internal sealed class VirNetworkHandle() : LibvirtHandle(LibvirtObjectKind.Network)
{
    protected override int Free(nint reference) => LibvirtNative.virNetworkFree(reference);
}

internal sealed class VirStreamHandle() : LibvirtHandle(LibvirtObjectKind.Stream)
{
    protected override int Free(nint reference) => LibvirtNative.virStreamFree(reference);
}

internal sealed class VirSecretHandle() : LibvirtHandle(LibvirtObjectKind.Secret)
{
    protected override int Free(nint reference) => LibvirtNative.virSecretFree(reference);
}

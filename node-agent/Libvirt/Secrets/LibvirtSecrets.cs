using Berth.Libvirt.Interop;
using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

/// <summary>The secrets that a host's daemon keeps, such as keys of encrypted volumes.</summary>
public sealed class LibvirtSecrets
{
    private readonly LibvirtConnection _connection;

    internal LibvirtSecrets(LibvirtConnection connection) => _connection = connection;

    /// <summary>Adds or replaces a secret's definition; its value is set apart.</summary>
    /// <returns>The secret's UUID.</returns>
    public Task<Guid> DefineAsync(string xml, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Query,
            connection =>
            {
                using var secret = Check(virSecretDefineXML(connection, xml, 0));
                return ReadUuid(secret);
            },
            cancellationToken);

    /// <summary>Sets a secret's value.</summary>
    /// <exception cref="LibvirtException">NoSecret if there is none.</exception>
    public Task SetValueAsync(Guid uuid, ReadOnlyMemory<byte> value, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Query, connection => SetValue(connection, uuid, value.Span), cancellationToken);

    /// <summary>Removes a secret and its value.</summary>
    /// <returns>False if there is none.</returns>
    public Task<bool> UndefineAsync(Guid uuid, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(LibvirtLane.Query, connection => Undefine(connection, uuid), cancellationToken);

    private static unsafe Guid ReadUuid(VirSecretHandle secret) =>
        LibvirtUuid.Read(uuid => virSecretGetUUID(secret, uuid));

    private static unsafe void SetValue(VirConnectHandle connection, Guid uuid, ReadOnlySpan<byte> value)
    {
        using var secret = LibvirtUuid.Pass(uuid, bytes => Check(virSecretLookupByUUID(connection, bytes)));
        fixed (byte* data = value)
        {
            Check(virSecretSetValue(secret, data, (nuint)value.Length, 0));
        }
    }

    private static unsafe bool Undefine(VirConnectHandle connection, Guid uuid)
    {
        using var secret = LibvirtUuid.Pass(
            uuid, bytes => CheckFound(virSecretLookupByUUID(connection, bytes), LibvirtErrorCode.NoSecret));
        if (secret is null)
        {
            return false;
        }

        Check(virSecretUndefine(secret));
        return true;
    }
}

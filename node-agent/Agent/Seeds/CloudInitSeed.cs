using System.Security.Cryptography;
using System.Text;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Seeds;

/// <summary>A NoCloud seed: what cloud-init in the guest reads. The user's texts are its bytes, unchanged.</summary>
internal static class CloudInitSeed
{
    private const string Label = "cidata";

    /// <summary>The image of the VM's seed; null when it asks for none.</summary>
    /// <param name="machine">The VM.</param>
    /// <param name="fromSecret">The user-data of a VM that names a Secret for it; null where it names none.</param>
    public static byte[]? ImageOf(VirtualMachine machine, byte[]? fromSecret) => machine.Spec.CloudInit switch
    {
        null => null,
        { UserDataSecretRef: not null } cloudInit => Write(machine, cloudInit, fromSecret ?? throw new ArgumentNullException(nameof(fromSecret))),
        { } cloudInit => Write(machine, cloudInit, Bytes(cloudInit.UserData)),
    };

    /// <summary>What tells one seed from another, as the domain's metadata keeps it; null when the VM asks for none.</summary>
    /// <remarks>With a Secret it is that of the reference in the content's place: a digest of the content would let whoever reads the domain's XML try out what it may be.</remarks>
    public static string? DigestOf(VirtualMachine machine) => machine.Spec.CloudInit switch
    {
        null => null,
        { UserDataSecretRef: { } reference } cloudInit => "ref-sha256:" + Hash(Write(machine, cloudInit, Bytes($"{reference.Name}/{reference.KeyOrDefault()}"))),
        { } cloudInit => "sha256:" + Hash(Write(machine, cloudInit, Bytes(cloudInit.UserData))),
    };

    private static byte[] Write(VirtualMachine machine, CloudInit cloudInit, byte[] userData)
    {
        // The name is a DNS label and the UID is the server's: both are plain YAML scalars, quoted for good measure.
        List<IsoFile> files =
        [
            new("meta-data", Bytes($"instance-id: \"{machine.Uid()}\"\nlocal-hostname: \"{machine.Name()}\"\n")),
            new("user-data", userData),
        ];
        if (cloudInit.NetworkData is { Length: > 0 } network)
        {
            files.Add(new("network-config", Bytes(network)));
        }

        return Iso9660.Write(Label, files);
    }

    private static byte[] Bytes(string? text) => Encoding.UTF8.GetBytes(text ?? "");

    private static string Hash(byte[] image) => Convert.ToHexStringLower(SHA256.HashData(image));
}

using System.Security.Cryptography;
using System.Text;
using Berth.Api;
using Berth.Kubernetes;

namespace Berth.NodeAgent.Seeds;

/// <summary>A NoCloud seed: what cloud-init in the guest reads. The user's texts are its bytes, unchanged.</summary>
internal sealed class CloudInitSeed
{
    private const string Label = "cidata";

    private CloudInitSeed(byte[] image) => Image = image;

    /// <summary>The image of the disk.</summary>
    public byte[] Image { get; }

    /// <summary>Digest of the image, as the domain's metadata keeps it.</summary>
    public string Digest => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Image));

    /// <summary>The VM's seed; null when it asks for none.</summary>
    public static CloudInitSeed? Of(VirtualMachine machine)
    {
        if (machine.Spec.CloudInit is not { } cloudInit)
        {
            return null;
        }

        // The name is a DNS label and the UID is the server's: both are plain YAML scalars, quoted for good measure.
        List<IsoFile> files =
        [
            File("meta-data", $"instance-id: \"{machine.Uid()}\"\nlocal-hostname: \"{machine.Name()}\"\n"),
            File("user-data", cloudInit.UserData ?? ""),
        ];
        if (cloudInit.NetworkData is { Length: > 0 } network)
        {
            files.Add(File("network-config", network));
        }

        return new CloudInitSeed(Iso9660.Write(Label, files));
    }

    private static IsoFile File(string name, string text) => new(name, Encoding.UTF8.GetBytes(text));
}

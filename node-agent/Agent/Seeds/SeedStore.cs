using Berth.NodeAgent.StoragePools;

namespace Berth.NodeAgent.Seeds;

/// <summary>Seeds on the node, one file per VM, readable by root alone: they hold secrets.</summary>
internal sealed class SeedStore(AgentOptions options)
{
    private readonly string _folder = Path.Combine(options.StateDirectory, "seeds");

    /// <summary>Path of the seed of the VM with <paramref name="uid"/>.</summary>
    public string PathOf(Guid uid) => Path.Combine(_folder, NameOf(uid));

    /// <summary>True when the VM's seed of an earlier start is there, whole.</summary>
    public bool Has(Guid uid) => File.Exists(PathOf(uid));

    /// <summary>Writes the seed, whole or not at all.</summary>
    public async Task WriteAsync(Guid uid, byte[] image, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var folder = FolderHandle.Open(_folder);
        folder.Delete(PartOf(uid));
        try
        {
            using (var part = folder.Create(PartOf(uid)) ?? throw new IOException($"{PartOf(uid)} is being written by somebody else."))
            {
                await RandomAccess.WriteAsync(part, image, 0, cancellationToken);
            }

            folder.Rename(PartOf(uid), NameOf(uid));
        }
        catch
        {
            folder.Delete(PartOf(uid));
            throw;
        }
    }

    /// <summary>Removes the seed, if there is one, and what is left of a write that was cut off.</summary>
    public void Delete(Guid uid)
    {
        using var folder = FolderHandle.Find(_folder);
        folder?.Delete(NameOf(uid));
        folder?.Delete(PartOf(uid));
    }

    private static string NameOf(Guid uid) => $"{uid}.iso";

    private static string PartOf(Guid uid) => NameOf(uid) + ".part";
}

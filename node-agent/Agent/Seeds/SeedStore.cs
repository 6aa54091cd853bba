namespace Berth.NodeAgent.Seeds;

/// <summary>Seeds on the node, one file per VM, readable by root alone: they hold secrets.</summary>
internal sealed class SeedStore(AgentOptions options)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Path.Combine(options.StateDirectory, "seeds");

    /// <summary>Path of the seed of the VM with <paramref name="uid"/>.</summary>
    public string PathOf(Guid uid) => Path.Combine(_folder, $"{uid}.iso");

    /// <summary>True when the VM's seed of an earlier start is there, whole.</summary>
    public bool Has(Guid uid) => File.Exists(PathOf(uid));

    /// <summary>Writes the seed, whole or not at all.</summary>
    public async Task WriteAsync(Guid uid, byte[] image, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder, OwnerOnly | UnixFileMode.UserExecute);
        var (path, part) = (PathOf(uid), PartOf(uid));
        File.Delete(part);
        await using (var file = new FileStream(part, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            await file.WriteAsync(image, cancellationToken);
        }

        File.Move(part, path, overwrite: true);
    }

    /// <summary>Removes the seed, if there is one, and what is left of a write that was cut off.</summary>
    public void Delete(Guid uid)
    {
        if (Directory.Exists(_folder))
        {
            File.Delete(PathOf(uid));
            File.Delete(PartOf(uid));
        }
    }

    private string PartOf(Guid uid) => PathOf(uid) + ".part";
}

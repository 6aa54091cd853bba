namespace Berth.NodeAgent.StoragePools;

/// <summary>What is found where a pool's folder should be.</summary>
/// <param name="Exists">There is a folder.</param>
/// <param name="IsEmpty">Nothing is in it but what a new file system has.</param>
/// <param name="Marker">Its marker.</param>
/// <param name="MarkerProblem">Why its marker cannot be understood.</param>
internal sealed record PoolFolder(bool Exists, bool IsEmpty, PoolMarker? Marker = null, string? MarkerProblem = null)
{
    /// <summary>Looks at a folder.</summary>
    public static PoolFolder LookAt(string path)
    {
        if (!Directory.Exists(path))
        {
            return new PoolFolder(Exists: false, IsEmpty: true);
        }

        var isEmpty = Directory.EnumerateFileSystemEntries(path).All(entry => Path.GetFileName(entry) == "lost+found");
        try
        {
            return new PoolFolder(Exists: true, isEmpty, PoolMarker.Read(path));
        }
        catch (InvalidDataException exception)
        {
            return new PoolFolder(Exists: true, isEmpty, MarkerProblem: exception.Message);
        }
    }
}

/// <summary>What may be done with a pool's folder.</summary>
internal abstract record PoolVerdict
{
    private PoolVerdict()
    {
    }

    /// <summary>It never was a pool: make it one.</summary>
    public sealed record Build : PoolVerdict;

    /// <summary>It is this pool.</summary>
    public sealed record Use : PoolVerdict;

    /// <summary>Touch nothing.</summary>
    public sealed record Refuse(string Reason, string Message) : PoolVerdict;

    /// <summary>Decides by the marker alone, and builds only where nothing at all says that a pool was there before.</summary>
    public static PoolVerdict Of(PoolFolder folder, PoolMarker expected, bool wasBuilt) => folder switch
    {
        { MarkerProblem: { } problem } => new Refuse(StoragePoolReasons.MarkerForeign, problem),
        { Marker: { } marker } when marker == expected => new Use(),
        { Marker: { } marker } => new Refuse(StoragePoolReasons.MarkerForeign, Difference(marker, expected)),
        _ when wasBuilt => new Refuse(
            StoragePoolReasons.MarkerMissing,
            $"The pool was built before, and its folder has no {PoolMarker.FileName} now: is its file system mounted? Nothing is made or removed in it."),
        { IsEmpty: false } => new Refuse(
            StoragePoolReasons.MarkerMissing,
            $"The folder holds files and has no {PoolMarker.FileName}: a new pool starts with an empty folder."),
        _ => new Build(),
    };

    private static string Difference(PoolMarker found, PoolMarker expected) =>
        found.ClusterId != expected.ClusterId ? $"The folder belongs to a pool of another cluster ({found.ClusterId})."
        : found.MachineId != expected.MachineId ? $"The folder belongs to a pool of another machine ({found.MachineId})."
        : $"The folder belongs to another StoragePool (UID {found.PoolUid}). Should this pool have its files, write {expected.PoolUid} into {PoolMarker.FileName}.";
}

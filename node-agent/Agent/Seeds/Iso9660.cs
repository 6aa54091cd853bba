namespace Berth.NodeAgent.Seeds;

/// <summary>A file in an ISO 9660 image's root folder.</summary>
internal sealed record IsoFile(string Name, ReadOnlyMemory<byte> Content);

/// <summary>Writes small ISO 9660 images with Joliet names: one folder, files in the order given. The same input gives the same bytes.</summary>
/// <remarks>Layout after ECMA-119: 16 empty sectors, primary and Joliet descriptor, terminator, path tables, both root folders, contents.</remarks>
internal static class Iso9660
{
    private const int Sector = 2048;
    private const int PrimaryDescriptor = 16;
    private const int JolietDescriptor = 17;
    private const int Terminator = 18;
    private const int FirstPathTable = 19;
    private const int PrimaryRoot = 23;
    private const int JolietRoot = 24;
    private const int FirstContent = 25;

    /// <summary>The image as bytes.</summary>
    /// <param name="label">Volume label, at most 16 characters.</param>
    /// <param name="files">Files whose folder entries fit one sector; names of at most 64 ASCII characters, different in their first eight.</param>
    public static byte[] Write(string label, IReadOnlyList<IsoFile> files)
    {
        var extents = new int[files.Count];
        var next = FirstContent;
        for (var i = 0; i < files.Count; i++)
        {
            extents[i] = next;
            next += SectorsOf(files[i].Content.Length);
        }

        var image = new byte[next * Sector];
        var volume = new IsoVolume(label, next);
        volume.WriteDescriptor(At(image, PrimaryDescriptor), 1, PrimaryRoot, FirstPathTable, IsoNames.Primary);
        volume.WriteDescriptor(At(image, JolietDescriptor), 2, JolietRoot, FirstPathTable + 2, IsoNames.Joliet);
        IsoVolume.WriteTerminator(At(image, Terminator));
        IsoVolume.WritePathTables(At(image, FirstPathTable), At(image, FirstPathTable + 1), PrimaryRoot);
        IsoVolume.WritePathTables(At(image, FirstPathTable + 2), At(image, FirstPathTable + 3), JolietRoot);
        WriteFolder(At(image, PrimaryRoot), PrimaryRoot, files, extents, IsoNames.Primary);
        WriteFolder(At(image, JolietRoot), JolietRoot, files, extents, IsoNames.Joliet);
        for (var i = 0; i < files.Count; i++)
        {
            files[i].Content.Span.CopyTo(image.AsSpan(extents[i] * Sector));
        }

        return image;
    }

    private static void WriteFolder(Span<byte> folder, int extent, IReadOnlyList<IsoFile> files, int[] extents, IsoNames names)
    {
        var offset = IsoVolume.WriteEntry(folder, [0], extent, Sector, isFolder: true);
        offset += IsoVolume.WriteEntry(folder[offset..], [1], extent, Sector, isFolder: true);

        // ECMA-119 wants entries in the order of their names; some readers search by it.
        var entries = Enumerable.Range(0, files.Count).Select(i => (Name: names.FileName(files[i].Name), Index: i)).ToList();
        entries.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        foreach (var (name, index) in entries)
        {
            offset += IsoVolume.WriteEntry(folder[offset..], name, extents[index], files[index].Content.Length, isFolder: false);
        }
    }

    private static Span<byte> At(byte[] image, int sector) => image.AsSpan(sector * Sector, Sector);

    private static int SectorsOf(int length) => (length + Sector - 1) / Sector;
}

using Microsoft.Win32.SafeHandles;

namespace Berth.NodeAgent.StoragePools;

/// <summary>An open folder. What is done to a name happens in this very folder, whatever its path has come to mean since, and to the name itself: a link is never followed.</summary>
internal sealed class FolderHandle : IDisposable
{
    private readonly SafeFileHandle _folder;

    private FolderHandle(string path, SafeFileHandle folder) => (Path, _folder) = (path, folder);

    /// <summary>The path that it was opened by.</summary>
    public string Path { get; }

    /// <summary>Opens a folder; its path may lead through links, and must not end in one.</summary>
    /// <exception cref="IOException">It does not exist, or is no folder.</exception>
    public static FolderHandle Open(string path) => new(path, Posix.OpenFolder(path));

    /// <summary>Opens a folder; null when there is none.</summary>
    /// <exception cref="IOException">It is there and is no folder.</exception>
    public static FolderHandle? Find(string path)
    {
        try
        {
            return Open(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>True when there is anything of this name, a link that leads nowhere too.</summary>
    public bool Has(string name) => Posix.Describe(_folder, Checked(name)) is not null;

    /// <summary>Opens a file for reading, and never waits for the other end of a pipe.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public SafeFileHandle OpenRead(string name) => Posix.OpenRead(_folder, Checked(name));

    /// <summary>Opens a file for reading and writing, as carefully as <see cref="OpenRead"/>.</summary>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public SafeFileHandle OpenReadWrite(string name) => Posix.OpenReadWrite(_folder, Checked(name));

    /// <summary>Makes a file that nobody but its owner may open; null when the name is taken.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public SafeFileHandle? Create(string name) => Posix.Create(_folder, Checked(name));

    /// <summary>Gives <paramref name="existing"/> the second name <paramref name="created"/>; false when that name is taken, which is never replaced.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public bool Link(string existing, string created) => Posix.Link(_folder, Checked(existing), Checked(created));

    /// <summary>Gives a file another name, in the place of whatever has it.</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public void Rename(string name, string to) => Posix.Rename(_folder, Checked(name), Checked(to));

    /// <summary>Removes a name that is no folder's; false when there is none.</summary>
    /// <exception cref="IOException">The file system refuses, or it is a folder.</exception>
    public bool Delete(string name) => Posix.Unlink(_folder, Checked(name));

    /// <summary>Makes names that were made or removed here survive a power cut.</summary>
    public void Sync() => Posix.Sync(_folder, Path);

    public void Dispose() => _folder.Dispose();

    // A name with a slash would lead out of the folder.
    private static string Checked(string name) => FileNames.Checked(name);
}

using System.Text;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Names of files that are made of what others have written: namespaces, names, UIDs, digests.</summary>
internal static class FileNames
{
    private const int MaxBytes = 255;

    /// <summary>The path of a file directly in <paramref name="folder"/>, whatever the name holds.</summary>
    /// <exception cref="InvalidDataException">It is no name of a file: with it the path would lead elsewhere, or nowhere.</exception>
    public static string In(string folder, string name) => Path.Combine(folder, Checked(name));

    /// <summary>The name, when it is one component of a path and no more.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static string Checked(string name) =>
        name is "" or "." or ".." || name.AsSpan().ContainsAny('/', '\0') || Encoding.UTF8.GetByteCount(name) > MaxBytes
            ? throw new InvalidDataException("an object's name, namespace or UID cannot be part of a file's name")
            : name;
}

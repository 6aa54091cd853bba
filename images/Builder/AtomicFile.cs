namespace Berth.Images;

/// <summary>A file that is replaced in one step, so that no reader sees half of it.</summary>
internal static class AtomicFile
{
    public static void Write(string path, Action<Stream> write)
    {
        var unfinished = $"{path}.{Environment.ProcessId}.new";
        using (var file = File.Create(unfinished))
        {
            write(file);
        }

        File.Move(unfinished, path, overwrite: true);
    }
}

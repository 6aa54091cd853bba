namespace Berth.Images;

/// <summary>The program that an image runs, in the folder of its layer.</summary>
internal static class ImageProgram
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <exception cref="ImageException">No layer has it, or not everybody may run it.</exception>
    public static FileInfo Find(ImageRequest request)
    {
        var program = request.Layers.Reverse().Select(layer => new FileInfo(Path.Combine(layer, request.Program.TrimStart('/')))).FirstOrDefault(file => file.Exists)
            ?? throw new ImageException($"--program: {request.Program} is in no layer.");
        return (program.UnixFileMode & Executable) == Executable
            ? program
            : throw new ImageException($"--program: {request.Program} is not executable for everybody.");
    }
}

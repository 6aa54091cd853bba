namespace Berth.Images;

/// <summary>What was asked for makes no image; the message names the option or the file.</summary>
internal sealed class ImageException(string message) : Exception(message);

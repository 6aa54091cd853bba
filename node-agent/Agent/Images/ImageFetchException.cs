namespace Berth.NodeAgent.Images;

/// <summary>An image cannot be had; <see cref="Reason"/> is one of <see cref="Api.ImageReasons"/> (or of <see cref="Api.ConditionReasons"/>) and the message is for people.</summary>
internal sealed class ImageFetchException(string reason, string message, Exception? inner = null) : Exception(ShownText.Of(message), inner)
{
    public string Reason { get; } = reason;
}

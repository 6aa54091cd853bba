namespace Berth.NodeAgent.StorageVolumes;

/// <summary>A file should take all of its space at once, and the pool has not that much to give.</summary>
internal sealed class InsufficientSpaceException(string message) : IOException(message);

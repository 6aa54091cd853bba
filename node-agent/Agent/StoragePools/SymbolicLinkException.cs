namespace Berth.NodeAgent.StoragePools;

/// <summary>A file of ours should be here, and there is a symbolic link, which is never followed.</summary>
internal sealed class SymbolicLinkException(string path) : IOException($"{path} is a symbolic link.");

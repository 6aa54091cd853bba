namespace Berth.NodeAgent.StorageVolumes;

/// <summary>A volume was made once and is not there: it is never made again.</summary>
internal sealed class VolumeLostException(string message) : Exception(message);

using static Berth.Libvirt.Interop.LibvirtCheck;
using static Berth.Libvirt.Interop.LibvirtNative;

namespace Berth.Libvirt;

// Content of volumes, through libvirt's streams.
public sealed partial class LibvirtStorageVolumes
{
    /// <summary>Writes the source's content into a volume from its beginning; what lies beyond stays as it is.</summary>
    /// <param name="progress">Receives the number of bytes sent so far.</param>
    /// <remarks>
    /// The thread that copies reads the source and waits for it. The token stops the copy between two pieces, leaving
    /// the volume half written.
    /// </remarks>
    /// <returns>The number of bytes written.</returns>
    public Task<long> UploadAsync(
        string pool, string name, Stream source, IProgress<long>? progress, CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Copy,
            connection =>
            {
                using var volume = StorageReading.RequireVolume(connection, pool, name);
                using var stream = Check(virStreamNew(connection, 0));
                Check(virStorageVolUpload(volume, stream, 0, 0, 0));
                return StreamCopy.Upload(stream, source, progress, cancellationToken);
            },
            cancellationToken);

    /// <summary>Reads a volume's content into the target.</summary>
    /// <param name="offset">Where in the volume to begin.</param>
    /// <param name="length">How many bytes to read; 0 means to the end.</param>
    /// <param name="progress">Receives the number of bytes read so far.</param>
    /// <remarks>The thread that copies writes to the target and waits for it. The token stops the copy between two pieces.</remarks>
    /// <returns>The number of bytes read.</returns>
    public Task<long> DownloadAsync(
        string pool,
        string name,
        Stream target,
        ulong offset,
        ulong length,
        IProgress<long>? progress,
        CancellationToken cancellationToken) =>
        _connection.InvokeAsync(
            LibvirtLane.Copy,
            connection =>
            {
                using var volume = StorageReading.RequireVolume(connection, pool, name);
                using var stream = Check(virStreamNew(connection, 0));
                Check(virStorageVolDownload(volume, stream, offset, length, 0));
                return StreamCopy.Download(stream, target, progress, cancellationToken);
            },
            cancellationToken);
}

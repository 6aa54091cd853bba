using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Images;

internal sealed partial class ImageCopies
{
    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Image {Image} is available in pool {Pool} as {Digest}")]
        public static partial void Available(ILogger logger, string image, string pool, string digest);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Image {Image} could not be fetched into pool {Pool}: {Reason}: {Why}")]
        public static partial void Failed(ILogger logger, string image, string pool, string reason, string why, Exception? exception);
    }
}

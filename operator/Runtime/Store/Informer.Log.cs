using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Store;

/// <content>What an informer logs.</content>
public sealed partial class Informer<T>
{
    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Listed {Count} objects of {Kind} at version {Version}")]
        public static partial void Listed(ILogger logger, string kind, int count, string? version);

        [LoggerMessage(Level = LogLevel.Information, Message = "The watch of {Kind} expired at version {Version}, listing again: {Reason}")]
        public static partial void Expired(ILogger logger, string kind, string? version, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The watch of {Kind} was silent for {Bound}, resuming")]
        public static partial void Silent(ILogger logger, string kind, TimeSpan bound);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The server is at version {Newest} of {Kind}, behind {Seen} that it had before: it was restored, listing again")]
        public static partial void WentBack(ILogger logger, string kind, string? newest, string? seen);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot follow {Kind} (failure {Failures} in a row); the store stays as it is")]
        public static partial void Failed(ILogger logger, string kind, int failures, Exception exception);
    }
}

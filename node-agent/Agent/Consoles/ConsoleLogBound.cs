using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Consoles;

/// <summary>Keeps the console logs below their bound.</summary>
internal sealed partial class ConsoleLogBound(ConsoleLogs logs, TimeProvider time, ILogger<ConsoleLogBound> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                logs.Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.TrimFailed(logger, e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A console log could not be shortened")]
        public static partial void TrimFailed(ILogger logger, Exception exception);
    }
}

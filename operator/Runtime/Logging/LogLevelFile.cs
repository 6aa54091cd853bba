using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Berth.Runtime.Logging;

/// <summary>The least level that is logged, which can change while the process runs.</summary>
internal sealed class LogLevelSwitch(LogLevel level) : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private ConfigurationReloadToken _changed = new();

    public string? Name => Options.DefaultName;

    /// <summary>The level now.</summary>
    public LogLevel Level { get; private set; } = level;

    public void Configure(LoggerFilterOptions options) => options.MinLevel = Level;

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    /// <summary>Changes the level for all loggers.</summary>
    public void Set(LogLevel level)
    {
        Level = level;
        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }
}

/// <summary>Follows a file with a level in it, such as a mounted ConfigMap's: <c>Debug</c>. Without the file, or with an empty one, the level is that of the start.</summary>
internal sealed partial class LogLevelFile(string path, LogLevelSwitch level, TimeProvider time, ILogger<LogLevelFile> logger) : BackgroundService
{
    /// <summary>How often the file is read.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly LogLevel _atStart = level.Level;
    private string? _seen;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                Look();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Reads the file, and does what is new in it.</summary>
    internal void Look()
    {
        var text = Read();
        if (text == _seen)
        {
            return;
        }

        _seen = text;
        if (text.Length == 0)
        {
            Change(_atStart);
        }
        else if (Enum.TryParse<LogLevel>(text, ignoreCase: true, out var wanted) && Enum.IsDefined(wanted) && !char.IsAsciiDigit(text[0]))
        {
            Change(wanted);
        }
        else
        {
            Log.Unknown(logger, path, text.Length > 40 ? text[..40] : text);
        }
    }

    private void Change(LogLevel wanted)
    {
        if (wanted != level.Level)
        {
            level.Set(wanted);
            Log.Changed(logger, wanted);
        }
    }

    private string Read()
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static partial class Log
    {
        // Of a level that is logged whatever was chosen, short of none.
        [LoggerMessage(Level = LogLevel.Critical, Message = "The least level that is logged is now {Level}")]
        public static partial void Changed(ILogger logger, LogLevel level);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} has no level in it: \"{Text}\" is none of Trace, Debug, Information, Warning, Error, Critical, None")]
        public static partial void Unknown(ILogger logger, string path, string text);
    }
}

/// <summary>Registers the level.</summary>
public static class LogLevels
{
    /// <summary>Sets the least level that is logged, and lets a file change it.</summary>
    /// <param name="logging">The application's log.</param>
    /// <param name="level">The level at the start, and whenever the file says nothing.</param>
    /// <param name="file">The file; null for none.</param>
    public static ILoggingBuilder AddLogLevel(this ILoggingBuilder logging, LogLevel level, string? file)
    {
        var current = new LogLevelSwitch(level);
        logging.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(current);
        logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(current);
        if (file is not null)
        {
            logging.Services.AddHostedService(provider => new LogLevelFile(
                file, current, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LogLevelFile>>()));
        }

        return logging;
    }
}

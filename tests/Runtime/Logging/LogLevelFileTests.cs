using Berth.Runtime.Logging;
using Berth.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Berth.Runtime.Tests.Logging;

public sealed class LogLevelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("berth-log-").FullName;

    private string FilePath => Path.Combine(_folder, "level");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_file_changes_the_level_and_without_it_that_of_the_start_is_back()
    {
        var level = new LogLevelSwitch(LogLevel.Warning);
        var file = New(level);
        Look(file, LogLevel.Warning, null);
        Look(file, LogLevel.Debug, "debug\n");
        Look(file, LogLevel.Debug, "nonsense");
        Look(file, LogLevel.Debug, "3");
        Look(file, LogLevel.Error, "Error");
        Look(file, LogLevel.Warning, "");
        Look(file, LogLevel.Trace, "Trace");
        Look(file, LogLevel.Warning, null);

        void Look(LogLevelFile file, LogLevel expected, string? text)
        {
            if (text is null)
            {
                File.Delete(FilePath);
            }
            else
            {
                File.WriteAllText(FilePath, text);
            }

            file.Look();
            Assert.Equal(expected, level.Level);
        }
    }

    [Fact]
    public void Loggers_that_exist_follow_it()
    {
        var services = new ServiceCollection();
        var level = new LogLevelSwitch(LogLevel.Information);
        services.AddLogging(logging => logging.AddLogLevel(LogLevel.Information, null).AddProvider(NullLoggerProvider.Instance).AddProvider(new EverythingProvider()));
        services.AddSingleton<Microsoft.Extensions.Options.IConfigureOptions<LoggerFilterOptions>>(level);
        services.AddSingleton<Microsoft.Extensions.Options.IOptionsChangeTokenSource<LoggerFilterOptions>>(level);
        using var provider = services.BuildServiceProvider();
        var logger = provider.GetRequiredService<ILoggerFactory>().CreateLogger("Berth.Thing");
        Assert.False(logger.IsEnabled(LogLevel.Debug));
        level.Set(LogLevel.Debug);
        Assert.True(logger.IsEnabled(LogLevel.Debug));
        level.Set(LogLevel.Error);
        Assert.False(logger.IsEnabled(LogLevel.Warning));
    }

    private LogLevelFile New(LogLevelSwitch level) => new(FilePath, level, new ManualTime(), NullLogger<LogLevelFile>.Instance);

    private sealed class EverythingProvider : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        public void Dispose()
        {
        }
    }
}

using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Logging;

/// <summary>Writes log lines to one stream, whole and in order. No queue: a line is out when the call returns, also the last one before a crash.</summary>
internal sealed class ConsoleLoggerProvider(Stream output, LogFormat format, TimeProvider time) : ILoggerProvider, ISupportExternalScope
{
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _line = new(1024);

    public IExternalScopeProvider Scopes { get; private set; } = new LoggerExternalScopeProvider();

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => Scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => new ConsoleLogger(this, categoryName);

    public void Dispose() => output.Flush();

    public void Write<TState>(LogLevel level, string category, TState state, Exception? exception, string message)
    {
        lock (_lock)
        {
            _line.ResetWrittenCount();
            var entry = new LogEntry(time.GetUtcNow(), level, category, message, exception);
            if (format == LogFormat.Json)
            {
                JsonLogLine.Write(_line, entry, state, Scopes);
            }
            else
            {
                TextLogLine.Write(_line, entry, Scopes);
            }

            try
            {
                output.Write(_line.WrittenSpan);
                output.Flush();
            }
            catch (IOException)
            {
                // Whoever read our output has gone. Losing lines is better than losing what they speak of.
            }
        }
    }

    private sealed class ConsoleLogger(ConsoleLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider.Scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(logLevel, category, state, exception, formatter(state, exception));
    }
}

/// <summary>What every line says.</summary>
internal readonly record struct LogEntry(DateTimeOffset Time, LogLevel Level, string Category, string Message, Exception? Exception);

/// <summary>Registers the log.</summary>
public static class ConsoleLogging
{
    /// <summary>Logs to standard error, as text or as JSON.</summary>
    public static ILoggingBuilder AddBerthConsole(this ILoggingBuilder logging, LogFormat format)
    {
        logging.Services.AddSingleton<ILoggerProvider>(_ => new ConsoleLoggerProvider(Console.OpenStandardError(), format, TimeProvider.System));
        return logging;
    }
}

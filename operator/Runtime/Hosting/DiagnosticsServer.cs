using System.Net;
using System.Net.Sockets;
using System.Text;
using Berth.Runtime.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Berth.Runtime.Hosting;

/// <summary>Serves <c>/metrics</c>, <c>/healthz</c> and <c>/readyz</c> over plain HTTP/1.1, one request per connection. No web framework: this is all the agent ever serves in plain text.</summary>
public sealed partial class DiagnosticsServer : BackgroundService
{
    private const int MaxRequestBytes = 8 * 1024;
    private const int MaxConnections = 16;
    private static readonly TimeSpan ConnectionTime = TimeSpan.FromSeconds(10);
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly DiagnosticsOptions _options;
    private readonly MetricFactory _metrics;
    private readonly HealthChecks _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _connections = new(MaxConnections, MaxConnections);
    private readonly TaskCompletionSource<IPEndPoint> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile int _lastScrapeBytes;

    public DiagnosticsServer(DiagnosticsOptions options, MetricFactory metrics, HealthChecks health, TimeProvider time, ILogger<DiagnosticsServer> logger)
    {
        _options = options;
        _metrics = metrics;
        _health = health;
        _time = time;
        _logger = logger;
        ProcessMetrics.Register(metrics);
    }

    /// <summary>The address it listens on, once it does.</summary>
    public Task<IPEndPoint> Listening => _listening.Task;

    public override void Dispose()
    {
        _connections.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.Endpoint is not { } endpoint)
        {
            return;
        }

        using var listener = new TcpListener(endpoint);
        listener.Start();
        _listening.TrySetResult((IPEndPoint)listener.LocalEndpoint);
        Log.Listening(_logger, listener.LocalEndpoint);
        try
        {
            while (true)
            {
                await _connections.WaitAsync(stoppingToken);
                _ = ServeAsync(await AcceptAsync(listener, stoppingToken), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task<TcpClient> AcceptAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await listener.AcceptTcpClientAsync(cancellationToken);
            }
            catch (SocketException)
            {
                // A peer that was gone before it was accepted, or no file descriptor left: the wait keeps the latter from spinning.
                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellationToken);
            }
        }
    }

    private async Task ServeAsync(TcpClient connection, CancellationToken stoppingToken)
    {
        using var timeout = new CancellationTokenSource(ConnectionTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stoppingToken);
        try
        {
            using (connection)
            {
                var stream = connection.GetStream();
                if (await ReadRequestLineAsync(stream, either.Token) is { } line)
                {
                    await AnswerAsync(stream, line, either.Token);
                    connection.Client.Shutdown(SocketShutdown.Send);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The peer's own trouble.
        }
        catch (Exception e)
        {
            Log.Failed(_logger, e);
        }
        finally
        {
            _connections.Release();
        }
    }

    /// <summary>Reads up to the end of the headers, so that closing does not reset the peer; null when that is too far.</summary>
    private static async Task<string?> ReadRequestLineAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxRequestBytes];
        var length = 0;
        while (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
        {
            var read = length == buffer.Length ? 0 : await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return null;
            }

            length += read;
        }

        return Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan().IndexOf("\r\n"u8));
    }

    private async Task AnswerAsync(NetworkStream stream, string requestLine, CancellationToken cancellationToken)
    {
        var parts = requestLine.Split(' ');
        var answer = parts is ["GET" or "HEAD", var target, _]
            ? await AnswerToAsync(target.Split('?')[0], cancellationToken)
            : Text(405, "only GET and HEAD\n");
        await stream.WriteAsync(Head(answer), cancellationToken);
        if (parts[0] != "HEAD")
        {
            await stream.WriteAsync(answer.Body, cancellationToken);
        }
    }

    private async Task<Response> AnswerToAsync(string path, CancellationToken cancellationToken) => path switch
    {
        "/metrics" => await MetricsAsync(cancellationToken),
        "/healthz" or "/livez" => Health(_health.LivenessFailures()),
        "/readyz" => Health(_health.ReadinessFailures()),
        _ => Text(404, "not found\n"),
    };

    private async Task<Response> MetricsAsync(CancellationToken cancellationToken)
    {
        // A scrape is about as long as the last one: its buffer need not grow.
        using var body = new MemoryStream(_lastScrapeBytes + (_lastScrapeBytes / 8));
        await using (var text = new StreamWriter(body, Utf8, leaveOpen: true))
        {
            await _metrics.CollectAsync(text, cancellationToken);
        }

        _lastScrapeBytes = (int)body.Length;
        return new(200, PrometheusText.ContentType, body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static Response Health(IReadOnlyList<string> failures) =>
        failures.Count == 0 ? Text(200, "ok\n") : Text(503, string.Join('\n', failures) + "\n");

    private static Response Text(int code, string text) => new(code, "text/plain", Utf8.GetBytes(text));

    private static byte[] Head(Response answer) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {answer.Code} {(HttpStatusCode)answer.Code}\r\nContent-Type: {answer.ContentType}\r\nContent-Length: {answer.Body.Length}\r\nConnection: close\r\n\r\n");

    private readonly record struct Response(int Code, string ContentType, ReadOnlyMemory<byte> Body);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Metrics and health are served on {Address}")]
        public static partial void Listening(ILogger logger, EndPoint address);

        [LoggerMessage(Level = LogLevel.Error, Message = "A metrics or health request failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

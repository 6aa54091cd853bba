using System.Globalization;
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

    private readonly DiagnosticsOptions _options;
    private readonly MetricFactory _metrics;
    private readonly HealthChecks _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _connections = new(MaxConnections, MaxConnections);
    private readonly TaskCompletionSource<IPEndPoint> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
                    await stream.WriteAsync(Answer(line), either.Token);
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

    private byte[] Answer(string requestLine)
    {
        var parts = requestLine.Split(' ');
        if (parts is not ["GET" or "HEAD", var target, _])
        {
            return Response(405, "text/plain", "only GET and HEAD\n", withBody: true);
        }

        var withBody = parts[0] == "GET";
        return target.Split('?')[0] switch
        {
            "/metrics" => Response(200, PrometheusText.ContentType, MetricsText(), withBody),
            "/healthz" or "/livez" => Health(_health.LivenessFailures(), withBody),
            "/readyz" => Health(_health.ReadinessFailures(), withBody),
            _ => Response(404, "text/plain", "not found\n", withBody),
        };
    }

    private string MetricsText()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        _metrics.WriteText(text);
        return text.ToString();
    }

    private static byte[] Health(IReadOnlyList<string> failures, bool withBody) => failures.Count == 0
        ? Response(200, "text/plain", "ok\n", withBody)
        : Response(503, "text/plain", string.Join('\n', failures) + "\n", withBody);

    private static byte[] Response(int code, string contentType, string body, bool withBody)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {code} {(HttpStatusCode)code}\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n");
        return withBody ? [.. head, .. bytes] : head;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Metrics and health are served on {Address}")]
        public static partial void Listening(ILogger logger, EndPoint address);

        [LoggerMessage(Level = LogLevel.Error, Message = "A metrics or health request failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

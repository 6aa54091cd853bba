using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Berth.Kubernetes;
using Berth.Runtime.Metrics;

namespace Berth.Runtime.Client;

/// <summary>Sends requests over shared HTTP/2 connections: credentials, time-outs, throttling and the translation of failures.</summary>
internal sealed class HttpTransport : IDisposable
{
    private readonly KubernetesClientConfiguration _configuration;
    private readonly KubernetesClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Credentials _credentials;
    private readonly WriteFence? _fence;
    private readonly FencedConnections? _fenced;
    private readonly HttpClient _http;

    // Writes of a fenced client have connections of their own, which may be cut without harm to watches.
    private readonly HttpClient _writes;
    private readonly Counter _requests;
    private readonly Histogram _durations;

    public HttpTransport(KubernetesClientConfiguration configuration, KubernetesClientOptions options, MetricFactory metrics, TimeProvider time, WriteFence? fence)
    {
        _configuration = configuration;
        _options = options;
        _time = time;
        _credentials = new Credentials(configuration, time);
        _requests = metrics.CreateCounter("rest_client_requests_total", "Requests to the API server, by HTTP status and method.", "code", "method");
        _durations = metrics.CreateHistogram(
            "rest_client_request_duration_seconds", "How long the API server took to begin its answer, by HTTP method and address.", Histogram.SecondsBuckets, "verb", "host");

        // No time-out of the client itself: watches last. Requests bring their own.
        _http = new HttpClient(CreateHandler()) { BaseAddress = configuration.Server, Timeout = Timeout.InfiniteTimeSpan };
        _writes = _http;
        if (fence is not null)
        {
            _fence = fence;
            _fenced = new FencedConnections(fence, options.UnacknowledgedWriteTime);
            var handler = CreateHandler();
            handler.ConnectCallback = _fenced.ConnectAsync;
            _writes = new HttpClient(handler) { BaseAddress = configuration.Server, Timeout = Timeout.InfiniteTimeSpan };
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _writes.Dispose();
        _fenced?.Dispose();
        _credentials.Dispose();
    }

    /// <summary>Sends until an answer other than throttling comes. The caller disposes the successful response.</summary>
    /// <exception cref="KubernetesException">The answer is no success, or there is none.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpCall call, CancellationToken cancellationToken)
    {
        var renewed = false;
        for (var attempt = 0; ; attempt++)
        {
            var response = await SendOnceAsync(call, renewed, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            var failure = await ReadFailureAsync(response, cancellationToken);
            if (failure.IsUnauthorized && _credentials.CanRenew && !renewed)
            {
                renewed = true;
                continue;
            }

            if (!call.RetryWhenThrottled || attempt >= _options.ThrottleRetries || RetryDelay(failure) is not { } delay)
            {
                throw failure;
            }

            await Task.Delay(delay, _time, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpCall call, bool renewToken, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var isWrite = call.Method != HttpMethod.Get;
        var started = _time.GetTimestamp();
        try
        {
            using var request = await CreateRequestAsync(call, renewToken, either.Token);
            if (isWrite)
            {
                // Only so that it fails with its reason; what holds is the check below TLS, when the bytes leave.
                _fence?.Check();
            }

            var response = await (isWrite ? _writes : _http).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            _requests.WithLabels(StatusText(response.StatusCode), call.Method.Method).Inc();
            _durations.WithLabels(call.Method.Method, _configuration.Server.Authority).Observe(_time.GetElapsedTime(started).TotalSeconds);
            return response;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            _requests.WithLabels("<error>", call.Method.Method).Inc();
            if (isWrite)
            {
                _fence?.Check();
            }

            throw Translate(e, call.PathAndQuery, _options.RequestTimeout);
        }
    }

    private async Task<HttpRequestMessage> CreateRequestAsync(HttpCall call, bool renewToken, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(call.Method, new Uri(call.PathAndQuery, UriKind.Relative))
        {
            // A message does not inherit the client's default version.
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.TryParseAdd(_options.UserAgent);
        if (await _credentials.GetTokenAsync(renewToken, cancellationToken) is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (call.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(call.ContentType) } };
        }

        return request;
    }

    /// <summary>The one exception for a request that got no (whole) answer.</summary>
    public static KubernetesException Translate(Exception e, string path, TimeSpan timeout) => e is OperationCanceledException
        ? new KubernetesException($"The API server did not answer {path} within {timeout.TotalSeconds} s.", null, KubernetesReasons.Timeout, inner: e)
        : new KubernetesException($"The API server cannot be reached: {e.Message}", null, KubernetesReasons.Unreachable, inner: e);

    private async Task<KubernetesException> ReadFailureAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            using var timeout = new CancellationTokenSource(_options.RequestTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            V1Status? status = null;
            try
            {
                // Proxies answer in HTML, and servers in trouble in part; the code alone must do then.
                await using var body = await response.Content.ReadAsStreamAsync(either.Token);
                status = await JsonSerializer.DeserializeAsync(body, KubernetesJsonContext.Default.V1Status, either.Token);
            }
            catch (Exception e) when (e is JsonException or HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
            }

            var retryAfter = response.Headers.RetryAfter switch
            {
                { Delta: { } delta } => delta,
                { Date: { } date } => date - _time.GetUtcNow(),
                _ => (TimeSpan?)null,
            };
            return new KubernetesException(
                status?.Message ?? $"The API server answered {StatusText(response.StatusCode)} {response.ReasonPhrase}.",
                response.StatusCode,
                status?.Reason is { Length: > 0 } reason ? reason : response.StatusCode.ToString(),
                status,
                retryAfter);
        }
    }

    private TimeSpan? RetryDelay(KubernetesException failure) => failure switch
    {
        { StatusCode: HttpStatusCode.TooManyRequests } => Bounded(failure.RetryAfter ?? TimeSpan.FromSeconds(1)),
        { StatusCode: HttpStatusCode.ServiceUnavailable, RetryAfter: { } delay } => Bounded(delay),
        _ => null,
    };

    private TimeSpan? Bounded(TimeSpan delay) =>
        delay > _options.MaxRetryAfter ? null : delay > TimeSpan.Zero ? delay : TimeSpan.FromMilliseconds(100);

    private static string StatusText(HttpStatusCode code) => ((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private SocketsHttpHandler CreateHandler() => new()
    {
        // A server allows a limited number of streams per connection (250 by default); each watch holds one for its whole life.
        EnableMultipleHttp2Connections = true,

        // Finds a peer that has vanished without a word while nothing but watches is open.
        KeepAlivePingDelay = _options.KeepAlivePingDelay,
        KeepAlivePingTimeout = _options.KeepAlivePingTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        ConnectTimeout = TimeSpan.FromSeconds(10),

        // So that renewed client certificates and a moved address are taken up.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        UseCookies = false,
        AllowAutoRedirect = false,
        SslOptions = CreateSslOptions(),
    };

    private SslClientAuthenticationOptions CreateSslOptions()
    {
        var ssl = new SslClientAuthenticationOptions
        {
            TargetHost = _configuration.TlsServerName ?? _configuration.Server.DnsSafeHost,
            LocalCertificateSelectionCallback = (_, _, _, _, _) => _credentials.ClientCertificate!,
        };
        if (_configuration.SkipTlsVerify)
        {
#pragma warning disable CA5359 // The administrator asked for it, in so many words.
            ssl.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (_configuration.CertificateAuthorities is { } authorities)
        {
            ssl.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            ssl.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return ssl;
    }
}

/// <summary>One request, in a form that can be sent again.</summary>
internal sealed record HttpCall(HttpMethod Method, string PathAndQuery)
{
    public ReadOnlyMemory<byte>? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    public bool RetryWhenThrottled { get; init; } = true;
}

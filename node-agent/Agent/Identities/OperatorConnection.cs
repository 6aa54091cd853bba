using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Berth.Api;
using Berth.Kubernetes;
using Berth.Runtime.Client;

namespace Berth.NodeAgent.Identities;

/// <summary>Requests to the operator, over TLS.</summary>
/// <remarks>
/// A connection for each, and the authorities read anew for each: requests are rare, and so nothing of an old certificate, of an old
/// authority or of a replica that has gone outlives them.
/// </remarks>
internal sealed class OperatorConnection(AgentOptions options, IKubernetesClient client, TimeProvider time)
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string _address = options.OperatorAddress ?? $"{OperatorApi.ServerName(options.Namespace)}:443";

    /// <summary>Asks, and returns the body of the answer.</summary>
    /// <param name="path">One of the paths of <see cref="OperatorApi"/>.</param>
    /// <param name="body">The question.</param>
    /// <param name="type">Its type.</param>
    /// <param name="proof">Who asks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperatorException">The operator refused, or did not answer.</exception>
    public async Task<byte[]> AskAsync<T>(string path, T body, JsonTypeInfo<T> type, OperatorProof proof, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var handler = CreateHandler(await ReadAuthoritiesAsync(either.Token), proof.Certificate);
            using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = OperatorApi.MaxUserDataBytes };
            using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{_address}{path}");
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            request.Headers.Authorization = proof.Token is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;

            // Also the name that the operator's certificate must bear, whatever address it is reached by.
            request.Headers.Host = OperatorApi.ServerName(options.Namespace);
            using var response = await http.SendAsync(request, either.Token);
            var answer = await response.Content.ReadAsByteArrayAsync(either.Token);
            return response.IsSuccessStatusCode ? answer : throw RefusalOf(response.StatusCode, answer);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw OperatorException.Unavailable($"The operator at {_address} did not answer within {Patience.TotalSeconds} s.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw OperatorException.Unavailable($"The operator at {_address} cannot be reached: {(e.InnerException ?? e).Message}", e);
        }
        catch (KubernetesException e)
        {
            throw OperatorException.Unavailable($"It cannot be read whom to trust as the operator: {e.Message}", e);
        }
    }

    private async Task<X509Certificate2Collection> ReadAuthoritiesAsync(CancellationToken cancellationToken)
    {
        const string Map = OperatorApi.AuthoritiesConfigMap;
        var live = await client.GetAsync<V1ConfigMap>(Map, options.Namespace, cancellationToken);
        if (live?.Data is null || !live.Data.TryGetValue(OperatorApi.AuthoritiesKey, out var text))
        {
            throw OperatorException.Unavailable($"The operator has not yet written whom to trust into the ConfigMap {options.Namespace}/{Map}.");
        }

        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(text);
            return authorities;
        }
        catch (CryptographicException e)
        {
            throw OperatorException.Unavailable($"The ConfigMap {options.Namespace}/{Map} holds something else than certificates.", e);
        }
    }

    private SocketsHttpHandler CreateHandler(X509Certificate2Collection authorities, X509Certificate2? certificate)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = time.GetUtcNow().UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new Oid(ForServers));
        return new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = policy,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            },
        };
    }

    private OperatorException RefusalOf(HttpStatusCode code, byte[] answer)
    {
        try
        {
            if (JsonSerializer.Deserialize(answer, ApiJsonContext.Default.OperatorRefusal) is { Reason.Length: > 0 } refusal)
            {
                return new OperatorException(refusal.Reason, refusal.Message);
            }
        }
        catch (JsonException)
        {
            // The code alone must do.
        }

        return code is HttpStatusCode.Unauthorized
            ? new OperatorException(OperatorReasons.Unauthenticated, "The operator does not take the agent's certificate.")
            : OperatorException.Unavailable($"The operator at {_address} answered {(int)code}.");
    }
}

/// <summary>What an agent shows of itself: its token at first, its certificate afterwards.</summary>
internal readonly record struct OperatorProof(string? Token, X509Certificate2? Certificate);

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Berth.Operator.Certificates;

/// <summary>A certificate that somebody else makes and renews, such as cert-manager, in a folder of two files. It is shown to whoever asks for one of its names; all others are shown Berth's own.</summary>
/// <remarks>Looked at when a handshake finds that it was not for a while, so a renewal needs no restart. What cannot be read takes nothing away: a Secret's files change one after the other.</remarks>
internal sealed partial class GivenCertificate(CertificateOptions options, TimeProvider time, ILogger<GivenCertificate> logger)
{
    private const string CertificateFile = "tls.crt";
    private const string KeyFile = "tls.key";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long? _lookedAt;
    private string _text = "";
    private X509Certificate2? _leaf;
    private SslStreamCertificateContext? _context;

    /// <summary>The certificate for a handshake that asks for <paramref name="name"/>; null where Berth's own is to be shown.</summary>
    public SslStreamCertificateContext? For(string? name)
    {
        if (options.GivenDirectory is not { } directory || string.IsNullOrEmpty(name))
        {
            return null;
        }

        lock (_lock)
        {
            Look(directory);
            return _leaf?.MatchesHostname(name) == true ? _context : null;
        }
    }

    /// <summary>For readiness: what is missing, or null.</summary>
    public string? Missing()
    {
        if (options.GivenDirectory is not { } directory)
        {
            return null;
        }

        lock (_lock)
        {
            Look(directory);
            return _context is null ? $"no certificate in {directory}" : null;
        }
    }

    private void Look(string directory)
    {
        if (_lookedAt is { } last && time.GetElapsedTime(last) < Period)
        {
            return;
        }

        _lookedAt = time.GetTimestamp();
        try
        {
            var (certificate, key) = (File.ReadAllText(Path.Combine(directory, CertificateFile)), File.ReadAllText(Path.Combine(directory, KeyFile)));
            if (certificate + key is var text && text != _text)
            {
                Take(certificate, key);
                _text = text;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            Log.Unreadable(logger, directory, e);
        }
    }

    // What is replaced is not disposed: handshakes may still be using it.
    private void Take(string certificate, string key)
    {
        var leaf = X509Certificate2.CreateFromPem(certificate, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        _context = SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
        _leaf = leaf;
        var end = leaf.NotAfter.ToUniversalTime();
        Log.Taken(logger, end);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Admission is served with a given certificate until {End:u}")]
        public static partial void Taken(ILogger logger, DateTime end);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate in {Directory} cannot be read; trying again")]
        public static partial void Unreadable(ILogger logger, string directory, Exception exception);
    }
}

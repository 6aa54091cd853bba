using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Berth.Operator.Agents;

/// <summary>Who an agent is: the node that it speaks for, by the pod that it runs in.</summary>
internal sealed record AgentIdentity(string Node, BoundPod Pod)
{
    private const string Prefix = "berth://agent/";
    private const string SubjectAlternativeName = "2.5.29.17";

    // uniformResourceIdentifier of GeneralName, RFC 5280.
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>The identity as it stands in a certificate: <c>berth://agent/NODE/POD/POD-UID</c>.</summary>
    public Uri Uri => new($"{Prefix}{Node}/{Pod.Name}/{Pod.Uid}");

    /// <summary>Reads it from a certificate; null where that names no agent, or more than one.</summary>
    public static AgentIdentity? Of(X509Certificate2 certificate)
    {
        try
        {
            return UrisOf(certificate) is [var uri] && uri.StartsWith(Prefix, StringComparison.Ordinal)
                && uri[Prefix.Length..].Split('/') is [{ Length: > 0 } node, { Length: > 0 } pod, { Length: > 0 } uid]
                ? new AgentIdentity(node, new BoundPod(pod, uid))
                : null;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return null;
        }
    }

    private static List<string> UrisOf(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        foreach (var extension in certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName))
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriTag))
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }

        return uris;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Berth.Kubernetes;

namespace Berth.Runtime.Tracing;

/// <summary>One trace for what is done about one generation of an object, by whichever process: from admission until it is as its spec wants it.</summary>
/// <remarks>
/// Its id follows from UID and generation, so nothing has to be handed on between API server, operator and agents, and
/// nothing is written into the object. The span that all others hang below is nobody's: viewers show it as missing.
/// </remarks>
public static class GenerationTrace
{
    /// <summary>The trace of one generation; default for an object that has no UID yet, and while nobody listens.</summary>
    public static ActivityContext Of(string? uid, long? generation)
    {
        if (string.IsNullOrEmpty(uid) || !RuntimeActivity.Source.HasListeners())
        {
            return default;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{uid}/{generation}")), hash);
        return new ActivityContext(ActivityTraceId.CreateFromBytes(hash[..16]), ActivitySpanId.CreateFromBytes(hash[16..24]), ActivityTraceFlags.Recorded, isRemote: true);
    }

    /// <summary>The same while the object is on its way; default once its status says that this generation is Ready, so that the trace ends.</summary>
    public static ActivityContext UntilReady(V1ObjectMeta metadata, IConditionedStatus? status) =>
        status?.ObservedGeneration == metadata.Generation && metadata.DeletionTimestamp is null
        && status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready")?.Status == ConditionStatus.True
            ? default
            : Of(metadata.Uid, metadata.Generation);
}

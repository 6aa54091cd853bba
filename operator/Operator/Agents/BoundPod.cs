using Berth.Operator.Admission;

namespace Berth.Operator.Agents;

/// <summary>A pod, exactly: another one of its name has another UID.</summary>
internal sealed record BoundPod(string Name, string Uid)
{
    private const string NameKey = "authentication.kubernetes.io/pod-name";
    private const string UidKey = "authentication.kubernetes.io/pod-uid";

    /// <summary>The pod that the user's token is bound to; null for a token that is bound to none.</summary>
    public static BoundPod? Of(UserInfo user) => Value(user, NameKey) is { } name && Value(user, UidKey) is { } uid ? new BoundPod(name, uid) : null;

    private static string? Value(UserInfo user, string key) =>
        user.Extra is { } extra && extra.TryGetValue(key, out var values) && values is [{ Length: > 0 } value] ? value : null;
}

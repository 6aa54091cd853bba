using System.Text.Json;
using Berth.Api;

namespace Berth.Operator.Admission;

/// <summary>Keys of an object's metadata that steer agents change only by Berth's hand.</summary>
internal sealed class KeyGuard(BerthAccounts accounts) : IGuardRule
{
    /// <summary>The fixed list: the map in metadata, and the key.</summary>
    public static readonly IReadOnlyList<(string Map, string Key)> Guarded = [("labels", BerthLabels.Node)];

    public ValueTask<string?> RefusalAsync(AdmissionRequest request, CancellationToken cancellationToken) => new(Refusal(request));

    private string? Refusal(AdmissionRequest request)
    {
        if (accounts.IsOurs(request.UserInfo) || request.Object is not { ValueKind: JsonValueKind.Object } fresh)
        {
            return null;
        }

        // A map that is no map is refused by the API server itself; here it has no keys.
        var old = request.OldObject ?? default;
        return Guarded.Where(guarded => AdmittedObject.Value(fresh, guarded.Map, guarded.Key) != AdmittedObject.Value(old, guarded.Map, guarded.Key))
            .Select(guarded => $"metadata.{guarded.Map}[{guarded.Key}]: says whose agent looks at the object, and is written by Berth alone. Leave it as it is, or out of a new object; spec.placement chooses the node.")
            .FirstOrDefault();
    }
}

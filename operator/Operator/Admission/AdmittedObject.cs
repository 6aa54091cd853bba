using System.Text.Json;

namespace Berth.Operator.Admission;

/// <summary>Parts of an object as it is sent, before anything is known of its shape.</summary>
internal static class AdmittedObject
{
    private static readonly JsonElement Nothing = JsonElement.Parse("null");

    public static JsonElement Spec(JsonElement item) => At(item, "spec");

    public static bool IsDeleting(JsonElement item) => At(At(item, "metadata"), "deletionTimestamp").ValueKind == JsonValueKind.String;

    /// <summary>The value of a label or annotation; null where there is none.</summary>
    public static string? Value(JsonElement item, string map, string key) =>
        At(At(At(item, "metadata"), map), key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static bool HasFinalizer(JsonElement item, string finalizer) =>
        At(At(item, "metadata"), "finalizers") is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().Any(entry => entry.ValueKind == JsonValueKind.String && entry.ValueEquals(finalizer));

    public static JsonElement At(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var found) ? found : Nothing;
}

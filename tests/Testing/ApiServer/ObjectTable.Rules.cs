using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <content>What a write may not do, and what it does not touch.</content>
internal sealed partial class ObjectTable
{
    private void CheckNamespace(ApiPath path, JsonObject metadata)
    {
        if (path.Namespace is null)
        {
            return;
        }

        metadata["namespace"] ??= path.Namespace;
        if ((string?)metadata["namespace"] != path.Namespace)
        {
            throw ApiFailure.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        }

        if (_objects.TryGetValue($"/namespaces//{path.Namespace}", out var space) && Metadata(space)["deletionTimestamp"] is not null)
        {
            throw new ApiFailure(System.Net.HttpStatusCode.Forbidden, "Forbidden", $"unable to create new content in namespace {path.Namespace} because it is being terminated");
        }
    }

    private static void CheckPreconditions(ApiPath path, JsonObject old, JsonObject wanted)
    {
        if ((string?)wanted["resourceVersion"] is { } version && version != (string?)Metadata(old)["resourceVersion"])
        {
            throw ApiFailure.Conflict(path, "the object has been modified; please apply your changes to the latest version and try again");
        }

        if ((string?)wanted["uid"] is { } uid && uid != (string?)Metadata(old)["uid"])
        {
            throw ApiFailure.Conflict(path, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {Metadata(old)["uid"]}");
        }
    }

    private static JsonObject OnlyStatus(JsonObject old, JsonObject item)
    {
        var result = (JsonObject)old.DeepClone();
        result["status"] = item["status"]?.DeepClone();
        return result;
    }

    /// <summary>The change without its status, and with the fields that the server alone writes as they were.</summary>
    private static JsonObject AllButStatus(JsonObject old, JsonObject item)
    {
        item.Remove("status");
        if (old["status"] is { } status)
        {
            item["status"] = status.DeepClone();
        }

        foreach (var name in (ReadOnlySpan<string>)["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"])
        {
            Metadata(item).Remove(name);
            if (Metadata(old)[name] is { } value)
            {
                Metadata(item)[name] = value.DeepClone();
            }
        }

        if (Metadata(item)["finalizers"] is JsonArray { Count: 0 })
        {
            Metadata(item).Remove("finalizers");
        }

        return item;
    }

    private static bool SpecEquals(JsonObject left, JsonObject right) =>
        JsonNode.DeepEquals(Bare(left), Bare(right));

    private static JsonObject Bare(JsonObject item)
    {
        var bare = (JsonObject)item.DeepClone();
        bare.Remove("metadata");
        bare.Remove("status");
        return bare;
    }
}

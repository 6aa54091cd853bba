using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Berth.Testing.ApiServer;

/// <summary>Answers one request at a time from the table.</summary>
internal sealed class ApiHandler(ObjectTable table, ApiFaults faults, ApiTokens tokens, FakeApiServerOptions options, Func<CancellationToken> watchEnd)
{
    public async Task HandleAsync(HttpContext context, ApiPath path)
    {
        var query = context.Request.Query;
        var answer = context.Request.Method switch
        {
            "GET" when path.Name is not null => table.Find(path) ?? throw ApiFailure.NotFound(path),
            "GET" when query["watch"] == "true" => null,
            "GET" => List(path, query),
            "POST" when path is { Name: not null, Subresource: "binding", Plural: "pods" } => Bind(path, await BodyAsync(context)),
            "POST" when path is { Group: "authentication.k8s.io", Plural: "tokenreviews" } => tokens.Review(await BodyAsync(context)),
            "POST" when path.Name is null => table.Create(path, await BodyAsync(context)),
            "PUT" => Replace(path, await BodyAsync(context)),
            "PATCH" => Patch(path, await BodyAsync(context), context.Request),
            "DELETE" => Delete(path, context.Request.ContentLength is > 0 ? await BodyAsync(context) : null),
            _ => throw new ApiFailure(HttpStatusCode.MethodNotAllowed, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
        };
        if (answer is null)
        {
            await WatchAsync(context, path);
            return;
        }

        await WriteAsync(context, context.Request.Method == "POST" ? HttpStatusCode.Created : HttpStatusCode.OK, OfVersion(path, answer));
    }

    public static async Task WriteAsync(HttpContext context, HttpStatusCode code, JsonObject body)
    {
        context.Response.StatusCode = (int)code;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    private async Task WatchAsync(HttpContext context, ApiPath path)
    {
        var selector = new Selector(context.Request.Query["labelSelector"], context.Request.Query["fieldSelector"]);
        await using (watchEnd().Register(context.Abort))
        {
            await new WatchStream(table, faults, options, path, selector, context).RunAsync();
        }
    }

    private JsonObject List(ApiPath path, IQueryCollection query)
    {
        var selector = new Selector(query["labelSelector"], query["fieldSelector"]);
        var limit = query.TryGetValue("limit", out var text) ? int.Parse(text!, CultureInfo.InvariantCulture) : (int?)null;
        var token = query["continue"].FirstOrDefault();
        var (items, version, next) = table.List(path, selector, limit, string.IsNullOrEmpty(token) ? null : token);
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (next is not null)
        {
            metadata["continue"] = next;
        }

        return new JsonObject
        {
            ["apiVersion"] = path.GroupVersion,
            ["kind"] = "List",
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. items.Select(item => OfVersion(path, item).DeepClone())]),
        };
    }

    private JsonObject Replace(ApiPath path, JsonObject body) => table.Update(path, item =>
    {
        item.Clear();
        JsonEdit.MergePatch(item, body);
    });

    private JsonObject Patch(ApiPath path, JsonObject body, HttpRequest request)
    {
        var query = request.Query;
        switch (request.ContentType?.Split(';')[0])
        {
            case "application/apply-patch+yaml":
                var manager = query["fieldManager"].FirstOrDefault() ?? throw ApiFailure.BadRequest("fieldManager is required for apply patch");
                if ((string?)body["apiVersion"] != path.GroupVersion || (string?)body["kind"] is not { Length: > 0 })
                {
                    throw ApiFailure.BadRequest("apiVersion and kind of the applied object must be set and fit the request");
                }

                return table.Apply(path, body, manager, query["force"] == "true");
            case "application/merge-patch+json" or "application/strategic-merge-patch+json":
                return table.Update(path, item => JsonEdit.MergePatch(item, body));
            default:
                throw new ApiFailure(HttpStatusCode.UnsupportedMediaType, "UnsupportedMediaType", $"the body of the request was in an unknown format: {request.ContentType}");
        }
    }

    private JsonObject Delete(ApiPath path, JsonObject? body)
    {
        if (path.Name is null)
        {
            throw new ApiFailure(HttpStatusCode.MethodNotAllowed, "MethodNotAllowed", "collections are not deleted here");
        }

        return table.Delete(path, body);
    }

    /// <summary>What kube-scheduler does with a pod.</summary>
    private JsonObject Bind(ApiPath path, JsonObject binding)
    {
        var pod = path with { Subresource = null };
        table.Update(pod, item =>
        {
            if (item["spec"] is not JsonObject spec || spec["nodeName"] is not null)
            {
                throw ApiFailure.Conflict(path, "pod is already assigned to a node");
            }

            spec["nodeName"] = (string?)binding["target"]?["name"];
        });
        table.Update(pod with { Subresource = "status" }, item => JsonEdit.MergePatch(item, new JsonObject
        {
            ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "PodScheduled", ["status"] = "True" }) },
        }));
        return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Success" };
    }

    private static JsonObject OfVersion(ApiPath path, JsonObject item)
    {
        // Versions of a group share their objects; each is answered in the version it was asked for.
        if ((string?)item["apiVersion"] is not { } version || version == path.GroupVersion || (string?)item["kind"] is "Status")
        {
            return item;
        }

        var copy = (JsonObject)item.DeepClone();
        copy["apiVersion"] = path.GroupVersion;
        return copy;
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        try
        {
            return await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) as JsonObject
                ?? throw ApiFailure.BadRequest("the body is no object");
        }
        catch (JsonException e)
        {
            throw ApiFailure.BadRequest($"the body is no JSON: {e.Message}");
        }
    }
}

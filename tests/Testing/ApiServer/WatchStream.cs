using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Berth.Testing.ApiServer;

/// <summary>Serves one watch: replays what the caller has missed, then follows, with bookmarks.</summary>
internal sealed class WatchStream(ObjectTable table, ApiFaults faults, FakeApiServerOptions options, ApiPath path, Selector selector, HttpContext context)
{
    private readonly CancellationToken _aborted = context.RequestAborted;
    private long _version;
    private bool _isDead;

    public async Task RunAsync()
    {
        var query = context.Request.Query;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_aborted);
        timeout.CancelAfter(TimeSpan.FromSeconds(int.Parse(query["timeoutSeconds"].FirstOrDefault() ?? "1800", CultureInfo.InvariantCulture)));
        await BeginAsync(query["resourceVersion"].FirstOrDefault());
        var bookmarks = query["allowWatchBookmarks"] == "true";
        try
        {
            await FollowAsync(bookmarks, timeout.Token);
        }
        catch (OperationCanceledException) when (!_aborted.IsCancellationRequested)
        {
            // The end that the caller asked for.
            if (bookmarks)
            {
                await SendBookmarkAsync();
            }
        }
        catch (ApiFailure failure)
        {
            await SendAsync("ERROR", failure.ToStatus());
        }
    }

    private async Task BeginAsync(string? from)
    {
        context.Response.ContentType = "application/json";
        if (from is null or "" or "0")
        {
            var (items, version, _) = table.List(path, selector, null, null);
            _version = version;
            await context.Response.StartAsync(_aborted);
            foreach (var item in items)
            {
                await SendAsync("ADDED", item);
            }
        }
        else
        {
            _version = long.Parse(from, CultureInfo.InvariantCulture);
            if (faults.ExpireByHttpStatus)
            {
                table.EventsAfter(_version);
            }

            await context.Response.StartAsync(_aborted);
        }

        await context.Response.Body.FlushAsync(_aborted);
    }

    private async Task FollowAsync(bool bookmarks, CancellationToken timeout)
    {
        while (true)
        {
            var (events, changed) = table.EventsAfter(_version);
            foreach (var change in events)
            {
                _version = change.Version;
                await SendAsync(change);
            }

            await context.Response.Body.FlushAsync(_aborted);
            if (!await EndsWithinAsync(changed, options.BookmarkPeriod, timeout) && bookmarks)
            {
                await SendBookmarkAsync();
            }
        }
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Task SendAsync(TableEvent change)
    {
        if (change.Group != path.Group || change.Plural != path.Plural || (path.Namespace is not null && change.Namespace != path.Namespace))
        {
            return Task.CompletedTask;
        }

        // With a selector an object comes and goes with what it matches.
        return (change.Old is { } old && selector.Matches(old), change.New is { } item && selector.Matches(item)) switch
        {
            (false, true) => SendAsync("ADDED", change.New!),
            (true, true) => SendAsync("MODIFIED", change.New!),
            (true, false) => SendAsync("DELETED", change.New ?? change.Last!),
            _ => Task.CompletedTask,
        };
    }

    private async Task SendBookmarkAsync()
    {
        var version = _version.ToString(CultureInfo.InvariantCulture);
        await SendAsync("BOOKMARK", new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = version } });
        await context.Response.Body.FlushAsync(_aborted);
    }

    private async Task SendAsync(string type, JsonObject item)
    {
        // A stream that has swallowed something stays dead: a later bookmark on it would be a lie.
        _isDead |= faults.SilentWatches;
        if (!_isDead)
        {
            await context.Response.WriteAsync($$"""{"type":"{{type}}","object":{{item.ToJsonString()}}}""" + "\n", Encoding.UTF8, _aborted);
        }
    }
}

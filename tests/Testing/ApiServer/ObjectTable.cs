using System.Globalization;
using System.Text.Json.Nodes;

namespace Berth.Testing.ApiServer;

/// <summary>All objects and the history of their changes. Stored objects are never changed in place, so that snapshots and events can share them.</summary>
internal sealed partial class ObjectTable(TimeProvider time, FakeApiServerOptions options)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, JsonObject>> _applied = new(StringComparer.Ordinal);
    private readonly List<TableEvent> _history = [];
    private readonly Dictionary<string, Snapshot> _pages = new(StringComparer.Ordinal);
    private long _version = 1000;
    private long _compactedAt = 1000;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The newest version.</summary>
    public long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    public JsonObject? Find(ApiPath path)
    {
        lock (_lock)
        {
            return _objects.GetValueOrDefault(KeyOf(path, path.Name!));
        }
    }

    public (IReadOnlyList<JsonObject> Items, long Version, string? Continue) List(ApiPath path, Selector selector, int? limit, string? token)
    {
        lock (_lock)
        {
            Snapshot? snapshot;
            if (token is null)
            {
                snapshot = new Snapshot(Select(path, selector), _version, 0);
            }
            else if (!_pages.Remove(token, out snapshot))
            {
                throw ApiFailure.Expired("The provided continue parameter is too old to display a consistent list result.");
            }

            var page = snapshot.Items.Skip(snapshot.Offset).Take(limit is > 0 ? limit.Value : int.MaxValue).ToArray();
            var next = snapshot with { Offset = snapshot.Offset + page.Length };
            string? nextToken = null;
            if (next.Offset < next.Items.Count)
            {
                nextToken = Guid.NewGuid().ToString("N");
                _pages[nextToken] = next;
            }

            return (page, snapshot.Version, nextToken);
        }
    }

    /// <summary>Changes after <paramref name="version"/>, and a task that ends with the next one. Expired when they are no longer known.</summary>
    public (IReadOnlyList<TableEvent> Events, Task Changed) EventsAfter(long version)
    {
        lock (_lock)
        {
            if (version < _compactedAt)
            {
                throw ApiFailure.Expired($"too old resource version: {version} ({_compactedAt})");
            }

            var start = _history.FindLastIndex(change => change.Version <= version) + 1;
            return (_history.GetRange(start, _history.Count - start), _changed.Task);
        }
    }

    /// <summary>Forgets the history: whoever watches or pages from before must list again.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _history.Clear();
            _pages.Clear();
            _compactedAt = ++_version;
            Signal();
        }
    }

    /// <summary>All objects as they are now, and the version.</summary>
    public TableState Save()
    {
        lock (_lock)
        {
            return new TableState(new(_objects, StringComparer.Ordinal), _version);
        }
    }

    /// <summary>Goes back to an earlier state, version and all. Nothing tells those who watch.</summary>
    public void Restore(TableState state)
    {
        lock (_lock)
        {
            _objects.Clear();
            foreach (var (key, item) in state.Objects)
            {
                _objects.Add(key, item);
            }

            _history.Clear();
            _pages.Clear();
            _applied.Clear();
            _version = _compactedAt = state.Version;
        }
    }

    public JsonObject Create(ApiPath path, JsonObject item)
    {
        lock (_lock)
        {
            item = (JsonObject)item.DeepClone();
            var metadata = Metadata(item);
            metadata["name"] ??= (string?)metadata["generateName"] is { } prefix ? prefix + Guid.NewGuid().ToString("N")[..5] : null;
            var name = (string?)metadata["name"] ?? throw ApiFailure.Invalid("metadata.name: Required value: name or generateName is required");
            CheckNamespace(path, metadata);
            if (_objects.ContainsKey(KeyOf(path, name)))
            {
                throw ApiFailure.AlreadyExists(path, name);
            }

            if (metadata["resourceVersion"] is not null)
            {
                throw ApiFailure.Invalid("metadata.resourceVersion: resourceVersion should not be set on objects to be created");
            }

            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] = Now();
            metadata["generation"] = 1L;
            metadata.Remove("deletionTimestamp");
            item.Remove("status");
            if (options.StatusDefault(path.Group) is { } status)
            {
                item["status"] = status;
            }

            return Store(path with { Name = name }, null, item);
        }
    }

    /// <summary>Changes an object by <paramref name="change"/>, which gets a copy to work on; a change to nothing writes nothing.</summary>
    public JsonObject Update(ApiPath path, Action<JsonObject> change)
    {
        lock (_lock)
        {
            var old = _objects.GetValueOrDefault(KeyOf(path, path.Name!)) ?? throw ApiFailure.NotFound(path);
            var item = (JsonObject)old.DeepClone();
            change(item);
            CheckPreconditions(path, old, Metadata(item));
            item = path.Subresource == "status" ? OnlyStatus(old, item) : AllButStatus(old, item);
            if (JsonNode.DeepEquals(old, item))
            {
                return old;
            }

            var metadata = Metadata(item);
            if (metadata["deletionTimestamp"] is not null && Finalizers(item).Except(Finalizers(old)).Any())
            {
                throw ApiFailure.Invalid("metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted");
            }

            if (path.Subresource is null && !SpecEquals(old, item))
            {
                metadata["generation"] = ((long?)metadata["generation"] ?? 0) + 1;
            }

            return metadata["deletionTimestamp"] is not null && Finalizers(item).Length == 0 && !IsGraceful(path, item) ? Drop(path, item) : Store(path, old, item);
        }
    }

    public JsonObject Apply(ApiPath path, JsonObject applied, string manager, bool force)
    {
        lock (_lock)
        {
            var key = KeyOf(path, path.Name!);
            if (!_objects.TryGetValue(key, out var live))
            {
                var created = Create(path, applied);
                Managers(key)[manager] = (JsonObject)applied.DeepClone();
                return created;
            }

            var others = Managers(key).Where(pair => pair.Key != manager).Select(pair => pair.Value).ToArray();
            if (!force && JsonEdit.FindConflict(live, applied, others) is { } field)
            {
                throw ApiFailure.Conflict(path, $"Apply failed with 1 conflict: {field}");
            }

            var before = Managers(key).GetValueOrDefault(manager);
            var result = Update(path, item => JsonEdit.Apply(item, applied, before, others));
            Managers(key)[manager] = (JsonObject)applied.DeepClone();
            return result;
        }
    }

    public JsonObject Delete(ApiPath path, JsonObject? deleteOptions)
    {
        lock (_lock)
        {
            var old = _objects.GetValueOrDefault(KeyOf(path, path.Name!)) ?? throw ApiFailure.NotFound(path);
            if (deleteOptions?["preconditions"] is JsonObject preconditions)
            {
                CheckPreconditions(path, old, preconditions);
            }

            var grace = (long?)deleteOptions?["gracePeriodSeconds"] ?? 30;
            var waitsForKubelet = grace > 0 && path.Plural == "pods" && (string?)old["spec"]?["nodeName"] is { Length: > 0 };
            if (!waitsForKubelet && Finalizers(old).Length == 0)
            {
                return Drop(path, (JsonObject)old.DeepClone());
            }

            if (Metadata(old)["deletionTimestamp"] is not null)
            {
                return old;
            }

            var item = (JsonObject)old.DeepClone();
            Metadata(item)["deletionTimestamp"] = Now();
            Metadata(item)["deletionGracePeriodSeconds"] = waitsForKubelet ? grace : 0L;
            Metadata(item)["generation"] = ((long?)Metadata(item)["generation"] ?? 0) + 1;
            return Store(path, old, item);
        }
    }

    /// <summary>Puts an object in place as it is, past every rule: for the state that a test begins with.</summary>
    public JsonObject Seed(ApiPath path, JsonObject item)
    {
        lock (_lock)
        {
            item = (JsonObject)item.DeepClone();
            var metadata = Metadata(item);
            metadata["uid"] ??= Guid.NewGuid().ToString();
            metadata["creationTimestamp"] ??= Now();
            metadata["generation"] ??= 1L;
            return Store(path, _objects.GetValueOrDefault(KeyOf(path, path.Name!)), item);
        }
    }

    private List<JsonObject> Select(ApiPath path, Selector selector)
    {
        var prefix = path.Namespace is null ? $"{path.Group}/{path.Plural}/" : $"{path.Group}/{path.Plural}/{path.Namespace}/";
        return [.. _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => pair.Value).Where(selector.Matches)];
    }

    private JsonObject Store(ApiPath path, JsonObject? old, JsonObject item)
    {
        Metadata(item)["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);
        _objects[KeyOf(path, path.Name!)] = item;
        Record(new TableEvent(_version, path.Group, path.Plural, path.Namespace, old, item));
        return item;
    }

    private JsonObject Drop(ApiPath path, JsonObject item)
    {
        var key = KeyOf(path, path.Name!);
        _objects.Remove(key, out var old);
        _applied.Remove(key);
        Metadata(item)["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);

        // The event carries the last state with the version of the deletion, as a real server's does.
        Record(new TableEvent(_version, path.Group, path.Plural, path.Namespace, old, null) { Last = item });
        return item;
    }

    private void Record(TableEvent change)
    {
        _history.Add(change);
        if (_history.Count > options.HistorySize)
        {
            _compactedAt = _history[options.HistorySize / 2].Version;
            _history.RemoveRange(0, (options.HistorySize / 2) + 1);
        }

        Signal();
    }

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static bool IsGraceful(ApiPath path, JsonObject item) =>
        path.Plural == "pods" && (long?)Metadata(item)["deletionGracePeriodSeconds"] is > 0;

    private Dictionary<string, JsonObject> Managers(string key) => _applied.TryGetValue(key, out var managers) ? managers : _applied[key] = [];

    private static string[] Finalizers(JsonObject item) => (Metadata(item)["finalizers"] as JsonArray)?.Select(name => (string)name!).ToArray() ?? [];

    private static JsonObject Metadata(JsonObject item)
    {
        if (item["metadata"] is not JsonObject metadata)
        {
            item["metadata"] = metadata = [];
        }

        return metadata;
    }

    // Versions of a group share their objects.
    private static string KeyOf(ApiPath path, string name) => $"{path.Group}/{path.Plural}/{path.Namespace}/{name}";

    private string Now() => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record Snapshot(IReadOnlyList<JsonObject> Items, long Version, int Offset);
}

/// <summary>One change: no <paramref name="Old"/> for a creation, no <paramref name="New"/> for a deletion.</summary>
internal sealed record TableEvent(long Version, string Group, string Plural, string? Namespace, JsonObject? Old, JsonObject? New)
{
    /// <summary>The last state of a deleted object.</summary>
    public JsonObject? Last { get; init; }
}

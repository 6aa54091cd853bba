using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Berth.Kubernetes;
using Berth.Testing.Hostile;

namespace Berth.Api.Tests;

/// <summary>Fills objects of any API type: at random with hostile values, or completely with plain ones.</summary>
internal sealed class RandomObjects(Random random)
{
    private static readonly string[] Texts =
    [
        "", " ", "a", "web", "WEB", "-", ".", "..", "../../etc/passwd", "a/b", "a\0b", "\n", "\u001b[0m", "\uD800", "\uFFFF", "\u202Eabc", "é", "😀",
        "Running", "Paused", "Stopped", "virtio", "dir", "nat", "qcow2", "raw", "full", "disk", "uefi", "Selector", "In", "Exists", "Gt",
        "52:54:00:12:34:56", "ff:ff:ff:ff:ff:ff", "10.0.0.0/8", "0.0.0.0/0", "10.0.0.1", "255.255.255.255/32", "1.2.3.4/-1", "/", "/etc", "//", "/srv/x",
        "file:///a", "file:", "file://", "https://", "https://a", "http://[", "https://a:b@c", "sha256:", "sha512", "%", "<x/>", "&amp;", "]]>",
        "-9223372036854775809", "1e999999999", "null",
    ];

    private static readonly string[] Quantities =
        ["\"\"", "\"x\"", "\"1Gi\"", "\"-1\"", "\"9E\"", "\"8Ei\"", "\"1e28\"", "\"79228162514264337593543950335\"", "\"0.5\"", "0", "-1", "1e300", "1048576", "\"1n\""];

    private static readonly JsonElement[] Elements =
        [default, .. new[] { "null", "{}", "[]", "1", "\"x\"", """{"a":{"b":[null]}}""" }.Select(json => JsonDocument.Parse(json).RootElement)];

    /// <summary>An object whose values are null, empty, extreme, or right, at random.</summary>
    public T Hostile<T>()
        where T : class => (T)HostileObject(typeof(T), depth: 0)!;

    /// <summary>An object in which every field is given.</summary>
    public static object Complete(Type type)
    {
        var made = Activator.CreateInstance(type)!;
        foreach (var property in Settable(type))
        {
            property.SetValue(made, CompleteValue(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
        }

        return made;
    }

    private object? HostileObject(Type type, int depth)
    {
        var made = Activator.CreateInstance(type)!;
        foreach (var property in Settable(type).Where(_ => random.Next(3) > 0))
        {
            var declared = property.PropertyType;
            var value = !declared.IsValueType && random.Next(6) == 0 ? null : HostileValue(Nullable.GetUnderlyingType(declared) ?? declared, depth);
            property.SetValue(made, value);
        }

        return made;
    }

    private object? HostileValue(Type type, int depth)
    {
        if (type == typeof(string))
        {
            return random.Next(40) switch
            {
                // A megabyte is rare: thousands of objects are made.
                0 => new string(Texts[random.Next(Texts.Length)].FirstOrDefault('x'), random.Next(50) == 0 ? 1 << 20 : random.Next(6000)),
                < 8 => HostileText.Any(random),
                _ => Texts[random.Next(Texts.Length)],
            };
        }

        if (type == typeof(int))
        {
            return random.Next(5) switch { 0 => int.MinValue, 1 => int.MaxValue, 2 => -1, 3 => 0, _ => random.Next(1, 5) };
        }

        if (type == typeof(long))
        {
            return random.Next(4) switch { 0 => long.MinValue, 1 => long.MaxValue, 2 => 0L, _ => random.NextInt64(100) };
        }

        return type == typeof(bool) ? random.Next(2) == 0
            : type == typeof(Quantity) ? JsonSerializer.Deserialize<Quantity>(Quantities[random.Next(Quantities.Length)])
            : type == typeof(DateTimeOffset) ? (random.Next(2) == 0 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue)
            : type == typeof(JsonElement) ? Elements[random.Next(Elements.Length)]
            : type.IsGenericType ? HostileCollection(type, depth)
            : depth > 8 ? null : HostileObject(type, depth + 1);
    }

    private object HostileCollection(Type type, int depth)
    {
        if (type.GenericTypeArguments.Length == 2)
        {
            return Enumerable.Range(0, random.Next(4)).Select(_ => Texts[random.Next(Texts.Length)]).Distinct()
                .ToDictionary(key => key, _ => random.Next(5) == 0 ? null! : Texts[random.Next(Texts.Length)]);
        }

        var list = (System.Collections.IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type.GenericTypeArguments))!;
        for (var count = random.Next(50) == 0 ? 140 : random.Next(4); count > 0; count--)
        {
            list.Add(random.Next(5) == 0 ? null : HostileValue(type.GenericTypeArguments[0], depth + 1));
        }

        return list;
    }

    private static object CompleteValue(Type type)
    {
        if (type.IsGenericType && type.GenericTypeArguments.Length == 2)
        {
            return new Dictionary<string, string> { ["a"] = "b" };
        }

        if (type.IsGenericType)
        {
            var list = (System.Collections.IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(type.GenericTypeArguments))!;
            list.Add(CompleteValue(type.GenericTypeArguments[0]));
            return list;
        }

        return type == typeof(string) ? "text"
            : type == typeof(int) ? 7
            : type == typeof(long) ? 8L
            : type == typeof(bool) ? true
            : type == typeof(Quantity) ? Quantity.Parse("1Gi")
            : type == typeof(DateTimeOffset) ? new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero)
            : type == typeof(JsonElement) ? Elements[^1]
            : Complete(type);
    }

    private static IEnumerable<PropertyInfo> Settable(Type type) => type.GetProperties().Where(property => property.CanWrite && !property.IsDefined(typeof(JsonIgnoreAttribute), false));
}

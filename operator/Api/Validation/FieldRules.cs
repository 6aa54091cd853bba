using System.Text.Json;
using Berth.Kubernetes;

namespace Berth.Api;

/// <summary>Rules that fields of several kinds share. The schema says many of them too; these hold without it.</summary>
internal static class FieldRules
{
    private const decimal Mebibyte = 1024m * 1024;

    /// <summary>Largest disk: 1 Pi. Beyond it the tables of a blank qcow2 file alone take gigabytes.</summary>
    private const decimal MaxDiskSize = Mebibyte * 1024 * 1024 * 1024;

    /// <summary>One of the allowed values; null counts as not given.</summary>
    public static void OneOf(this FieldFindings findings, string field, string? value, params ReadOnlySpan<string> allowed)
    {
        if (value is not null && !allowed.Contains(value))
        {
            findings.Invalid(field, $"{FieldText.Quoted(value)} is not one of {string.Join(", ", allowed!)}.");
        }
    }

    /// <summary>One of the values; of those, only the carried ones are supported.</summary>
    public static void Carried(this FieldFindings findings, string field, string? value, string[] carried, string[] others)
    {
        if (value is not null && others.Contains(value))
        {
            findings.NotSupported(field, $"{value} (use {string.Join(" or ", carried)})");
            return;
        }

        if (value is null || !carried.Contains(value))
        {
            findings.Invalid(field, $"{FieldText.Quoted(value)} is not one of {string.Join(", ", carried.Concat(others))}.");
        }
    }

    public static void Range(this FieldFindings findings, string field, long value, long minimum, long maximum)
    {
        if (value < minimum || value > maximum)
        {
            findings.Invalid(field, $"{value} is not between {minimum} and {maximum}.");
        }
    }

    public static void AtMost<T>(this FieldFindings findings, string field, IList<T>? items, int maximum)
    {
        if (items?.Count > maximum)
        {
            findings.Invalid(field, $"has {items.Count} items; at most {maximum} are allowed.");
        }
    }

    /// <summary>The name of an object; empty or null is a finding only when it is required.</summary>
    public static void ObjectName(this FieldFindings findings, string field, string? name, string kind, bool required)
    {
        if (string.IsNullOrEmpty(name))
        {
            if (required)
            {
                findings.Invalid(field, $"is missing; give the name of {kind}.");
            }
        }
        else if (!FieldText.IsDnsSubdomain(name))
        {
            findings.Invalid(field, $"{FieldText.Quoted(name)} cannot be the name of {kind}: names are lower-case letters, digits, '-' and '.', at most 253 characters.");
        }
    }

    /// <summary>The name of an item inside its list: a DNS label, unique there.</summary>
    public static void ItemName(this FieldFindings findings, string field, string? name, int maximum, HashSet<string> seen)
    {
        if (string.IsNullOrEmpty(name))
        {
            findings.Invalid(field, "is missing; give a name of lower-case letters, digits and '-'.");
        }
        else if (name.Length > maximum || !FieldText.IsDnsLabel(name))
        {
            findings.Invalid(field, $"{FieldText.Quoted(name)} is not a name of at most {maximum} lower-case letters, digits and inner '-'.");
        }
        else if (!seen.Add(name))
        {
            findings.Invalid(field, $"{FieldText.Quoted(name)} is used more than once; names in the list must differ.");
        }
    }

    /// <summary>The size of a disk: a whole number of bytes above 0.</summary>
    public static void DiskSize(this FieldFindings findings, string field, Quantity size)
    {
        if (!size.IsValid)
        {
            findings.Invalid(field, $"{FieldText.Quoted(size.ToString())} is not a quantity such as 20Gi.");
        }
        else if (size.Value <= 0 || size.Value != decimal.Truncate(size.Value))
        {
            findings.Invalid(field, $"{size} is not a size; give a whole number of bytes above 0, such as 20Gi.");
        }
        else if (size.Value > MaxDiskSize)
        {
            findings.Invalid(field, $"{size} is more than a disk can have; at most 1Pi is allowed.");
        }
    }

    /// <summary>Labels that objects are to have.</summary>
    public static void Labels(this FieldFindings findings, string field, IDictionary<string, string>? labels)
    {
        foreach (var (key, value) in labels ?? new Dictionary<string, string>())
        {
            if (!FieldText.IsLabelKey(key))
            {
                findings.Invalid(field, $"{FieldText.Quoted(key)} is not the key of a label.");
            }
            else if (!FieldText.IsLabelValue(value))
            {
                findings.Invalid($"{field}[{key}]", $"{FieldText.Quoted(value)} is not the value of a label.");
            }
        }
    }

    public static void Namespaces(this FieldFindings findings, string field, AllowedNamespaces? allowed)
    {
        if (allowed is null)
        {
            return;
        }

        var from = string.IsNullOrEmpty(allowed.From) ? "All" : allowed.From;
        findings.OneOf($"{field}.from", from, "All", "Selector", "None");
        if (from == "Selector" && allowed.Selector is null)
        {
            findings.Invalid($"{field}.selector", "is missing; from is Selector, so say which namespaces by their labels.");
        }
        else if (from != "Selector" && allowed.Selector is not null)
        {
            findings.Invalid($"{field}.selector", "is read only when from is Selector; set from, or remove the selector.");
        }

        findings.LabelSelector($"{field}.selector", allowed.Selector);
    }

    /// <summary>True when the object holds anything at all.</summary>
    public static bool IsGiven(JsonElement? element) => element is { } json && json.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => false,
        JsonValueKind.Object => json.EnumerateObject().Any(),
        _ => true,
    };
}

namespace Berth.Kubernetes;

/// <summary>One aspect of an object's observed state (<c>meta/v1.Condition</c>).</summary>
public sealed record Condition
{
    /// <summary>Type of the condition in CamelCase.</summary>
    [Required]
    [Length(maxLength: 316)]
    [Pattern("^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$")]
    public string Type { get; set; } = "";

    /// <summary>True, False or Unknown.</summary>
    [Required]
    [AllowedValues(ConditionStatus.True, ConditionStatus.False, ConditionStatus.Unknown)]
    public string Status { get; set; } = ConditionStatus.Unknown;

    /// <summary>The generation of the spec that this condition was computed from.</summary>
    [RangeMinimum(0)]
    public long? ObservedGeneration { get; set; }

    /// <summary>When the status last changed from one value to another, in UTC.</summary>
    [Required]
    public DateTimeOffset LastTransitionTime { get; set; }

    /// <summary>A CamelCase word for programs that says why the status is what it is.</summary>
    [Required]
    [Length(1, 1024)]
    [Pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")]
    public string Reason { get; set; } = "";

    /// <summary>A sentence for people.</summary>
    [Required]
    [Length(maxLength: 32768)]
    public string Message { get; set; } = "";

    /// <summary>A condition of <paramref name="type"/> that is True.</summary>
    public static Condition True(string type, string reason, string message = "") => Of(type, ConditionStatus.True, reason, message);

    /// <summary>A condition of <paramref name="type"/> that is False.</summary>
    public static Condition False(string type, string reason, string message = "") => Of(type, ConditionStatus.False, reason, message);

    /// <summary>A condition of <paramref name="type"/> of which nothing certain is known.</summary>
    public static Condition Unknown(string type, string reason, string message = "") => Of(type, ConditionStatus.Unknown, reason, message);

    private static Condition Of(string type, string status, string reason, string message) =>
        new() { Type = type, Status = status, Reason = reason, Message = message };
}

/// <summary>The three values of a condition's status.</summary>
public static class ConditionStatus
{
    public const string True = "True";
    public const string False = "False";
    public const string Unknown = "Unknown";
}

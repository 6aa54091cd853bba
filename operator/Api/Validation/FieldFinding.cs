namespace Berth.Api;

/// <summary>What is wrong with one field of an object.</summary>
/// <param name="Field">Path of the field from the object's root, such as <c>spec.disks[1].bus</c>.</param>
/// <param name="Reason"><see cref="ConditionReasons.InvalidSpec"/>, <see cref="ConditionReasons.NotSupported"/> or <see cref="ConditionReasons.UnknownField"/>.</param>
/// <param name="Message">What is wrong and what would be right, in a sentence that names the field.</param>
public sealed record FieldFinding(string Field, string Reason, string Message)
{
    /// <summary>The field asks for what this version does not carry out.</summary>
    public static FieldFinding NotSupported(string field, string what) =>
        new(field, ConditionReasons.NotSupported, $"{field}: {what} is not supported by this version of Berth.");

    /// <summary>The field is not known here: what it asks for cannot be told.</summary>
    public static FieldFinding Unknown(string field) =>
        new(field, ConditionReasons.UnknownField, $"{field}: this version of Berth (API level {BerthApi.ApiLevel}) does not know the field.");

    /// <summary>The field has a value that cannot work.</summary>
    public static FieldFinding Invalid(string field, string problem) =>
        new(field, ConditionReasons.InvalidSpec, $"{field}: {problem}");
}

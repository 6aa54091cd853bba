namespace Berth.Runtime.Logging;

/// <summary>How log lines are written.</summary>
public enum LogFormat
{
    /// <summary>One line for people: time, level, category, message, values of the scope.</summary>
    Text,

    /// <summary>One JSON object per line, every value under its own name.</summary>
    Json,
}

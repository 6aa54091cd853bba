using Berth.Api;

namespace Berth.NodeAgent.Identities;

/// <summary>The operator did not give what it was asked for. <see cref="Reason"/> is for decisions, the message for people; neither holds a secret.</summary>
internal sealed class OperatorException(string reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="OperatorReasons"/>; <see cref="OperatorReasons.Unavailable"/> also where no answer came.</summary>
    public string Reason { get; } = reason;

    /// <summary>Asking again may help, without anybody changing anything.</summary>
    public static OperatorException Unavailable(string message, Exception? inner = null) => new(OperatorReasons.Unavailable, message, inner);
}

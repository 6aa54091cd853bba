using Berth.Api;
using Microsoft.AspNetCore.Http;

namespace Berth.Operator.Agents;

/// <summary>Why an agent does not get what it asks for.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Reason">One of <see cref="OperatorReasons"/>.</param>
/// <param name="Message">A sentence for people; never a secret.</param>
internal sealed record Refusal(int Status, string Reason, string Message)
{
    public static Refusal BadRequest(string message) => new(StatusCodes.Status400BadRequest, OperatorReasons.BadRequest, message);

    public static Refusal Unauthenticated(string message) => new(StatusCodes.Status401Unauthorized, OperatorReasons.Unauthenticated, message);

    public static Refusal Forbidden(string message) => new(StatusCodes.Status403Forbidden, OperatorReasons.Forbidden, message);

    public static Refusal NotFound(string message) => new(StatusCodes.Status404NotFound, OperatorReasons.NotFound, message);

    public static Refusal Unusable(string message) => new(StatusCodes.Status422UnprocessableEntity, OperatorReasons.Unusable, message);

    public static Refusal Unavailable(string message) => new(StatusCodes.Status503ServiceUnavailable, OperatorReasons.Unavailable, message);
}

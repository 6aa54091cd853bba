namespace Berth.NodeStandin;

/// <summary>Work that is tried again later by whoever asked for it: a failure is told and passed over.</summary>
internal static class Attempt
{
    public static async Task OnceAsync(string what, Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work();
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or System.Text.Json.JsonException
            || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            await Console.Error.WriteLineAsync($"{TimeProvider.System.GetUtcNow():O} {what}: {failure.Message}");
        }
    }
}

namespace Berth.Testing.Hostile;

/// <summary>Seeds of property tests: random at each run, printed by the test, and set by <c>BERTH_SEED</c> to run a failure again.</summary>
public static class HostileSeed
{
    /// <summary>Read from the environment: the switch is for people, not for code.</summary>
    public static int Next() =>
        int.TryParse(Environment.GetEnvironmentVariables()["BERTH_SEED"] as string, System.Globalization.CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();
}

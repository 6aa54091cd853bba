using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.Consoles;

/// <summary>The logs that libvirt keeps of each domain's QEMU, one by the domain's name, and never removes.</summary>
internal sealed partial class LibvirtLogs(AgentOptions options, ILogger<LibvirtLogs> logger)
{
    /// <summary>Removes the log of a domain that is undefined for good, and what rotation has made of it. Never fails: a log that stays holds nothing up.</summary>
    public void Delete(string domainName)
    {
        try
        {
            foreach (var log in LogsOf(domainName))
            {
                File.Delete(log);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Log.NotRemoved(logger, domainName, e);
        }
    }

    private string[] LogsOf(string domainName)
    {
        var path = StoragePools.FileNames.In(options.LibvirtLogDirectory, $"{domainName}.log");
        return Directory.Exists(options.LibvirtLogDirectory)
            ? [path, .. Directory.EnumerateFiles(options.LibvirtLogDirectory).Where(file => file.StartsWith($"{path}.", StringComparison.Ordinal) && IsRotated(file.AsSpan(path.Length + 1)))]
            : [];
    }

    // virtlogd writes name.log.0, logrotate name.log.1 and name.log.2.gz. A domain may be called so that its own log only looks alike.
    private static bool IsRotated(ReadOnlySpan<char> ending) =>
        ending.EndsWith(".gz", StringComparison.Ordinal) ? IsNumber(ending[..^3]) : IsNumber(ending);

    private static bool IsNumber(ReadOnlySpan<char> text) => text.Length is > 0 and < 4 && !text.ContainsAnyExceptInRange('0', '9');

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "libvirt's log of domain {Domain} could not be removed")]
        public static partial void NotRemoved(ILogger logger, string domain, Exception exception);
    }
}

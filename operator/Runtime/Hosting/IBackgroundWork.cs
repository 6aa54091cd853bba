namespace Berth.Runtime.Hosting;

/// <summary>Work that goes on until it is cancelled. When it faults the process stops.</summary>
public interface IBackgroundWork
{
    /// <summary>Runs until cancelled; may be called again after that.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}

using Microsoft.Extensions.Logging;

namespace Berth.NodeAgent.VirtualMachines;

internal sealed partial class VirtualMachineReconciler
{
    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The guest was started under epoch {DomainEpoch} and the binding has {Epoch}: it is started anew")]
        public static partial void Superseded(ILogger logger, long domainEpoch, long epoch);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The guest could not be asked to shut down")]
        public static partial void AskFailed(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Debug, Message = "The guest's addresses could not be read")]
        public static partial void AddressesFailed(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Information, Message = "The domain {Uuid} of epoch {Epoch} is not this node's to run: {Decision}")]
        public static partial void Stray(ILogger logger, Guid uuid, long epoch, StrayDecision decision);
    }
}

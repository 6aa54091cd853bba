using Microsoft.Extensions.Logging;

namespace Berth.Operator.VirtualMachines;

/// <content>Log messages.</content>
internal sealed partial class VirtualMachineReconciler
{
    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Created berth {Berth}")]
        public static partial void BerthCreated(ILogger logger, string berth);

        [LoggerMessage(Level = LogLevel.Information, Message = "Created StorageVolume {Volume}")]
        public static partial void VolumeCreated(ILogger logger, string volume);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Berth {Berth} of a running VM holds no place: {Message}")]
        public static partial void PlaceLost(ILogger logger, string berth, string message);

        [LoggerMessage(Level = LogLevel.Information, Message = "Node {Node} refused the VM: {Reason}")]
        public static partial void Refused(ILogger logger, string node, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Released on behalf of node {Node} at epoch {Epoch}: {Proof}")]
        public static partial void ReleasedForDeadNode(ILogger logger, string node, long epoch, string proof);

        [LoggerMessage(Level = LogLevel.Error, Message = "The binding to {Node} at epoch {Epoch} is not ours: {Evidence}; nothing is moved")]
        public static partial void BindingInDoubt(ILogger logger, string node, long epoch, string evidence);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A person gives the VM up while its deletion is held; what is on node {Node} stays")]
        public static partial void Orphaned(ILogger logger, string? node);

        [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Kind} {Name}")]
        public static partial void Deleted(ILogger logger, string kind, string name);
    }
}

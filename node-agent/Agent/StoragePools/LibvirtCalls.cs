using Berth.Libvirt;
using Berth.NodeAgent.VirtualMachines;

namespace Berth.NodeAgent.StoragePools;

/// <summary>Turns libvirt's failures into the agent's own, at the boundary.</summary>
internal static class LibvirtCalls
{
    public static async Task<T> OfAsync<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (LibvirtException exception)
        {
            throw Translate(exception);
        }
    }

    public static async Task OfAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (LibvirtException exception)
        {
            throw Translate(exception);
        }
    }

    private static HypervisorException Translate(LibvirtException exception) =>
        new(exception.Detail, exception.IsConnectionLost || exception.Code is LibvirtErrorCode.CallTimedOut, exception);
}

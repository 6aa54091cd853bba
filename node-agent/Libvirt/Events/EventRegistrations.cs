using Berth.Libvirt.Interop;

namespace Berth.Libvirt;

/// <summary>Registers for every event that this library passes on, on one connection.</summary>
internal static unsafe class EventRegistrations
{
    private delegate int Register(nint opaque);

    /// <summary>Registers all; an event that driver or daemon does not have is left out.</summary>
    internal static List<CallbackRegistration> RegisterAll(VirConnectHandle connection, EventSink sink)
    {
        var registrations = new List<CallbackRegistration>();
        try
        {
            AddDomainEvents(connection, sink, registrations);
            AddNetworkEvents(connection, sink, registrations);
            AddStoragePoolEvents(connection, sink, registrations);
            return registrations;
        }
        catch
        {
            registrations.ForEach(registration => registration.Dispose());
            throw;
        }
    }

    private static void AddDomainEvents(VirConnectHandle connection, EventSink sink, List<CallbackRegistration> all)
    {
        (int Id, nint Callback)[] events =
        [
            (0, (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void>)&DomainCallbacks.OnLifecycle),
            (1, (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, void>)&DomainCallbacks.OnReboot),
            (3, (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, nint, void>)&DomainCallbacks.OnWatchdog),
            (6, (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, byte*, int, byte*, nint, void>)&DomainCallbacks.OnIOError),
            (15, (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, nint, void>)&DomainCallbacks.OnDeviceRemoved),
            (16, (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, int, int, nint, void>)&DomainCallbacks.OnBlockJob),
            (18, (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void>)&DomainCallbacks.OnAgent),
            (19, (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, nint, void>)&DomainCallbacks.OnDeviceAdded),
            (20, (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, nint, void>)&DomainCallbacks.OnMigrationIteration),
            (21, (nint)(delegate* unmanaged[Cdecl]<nint, nint, VirTypedParameter*, int, nint, void>)&DomainCallbacks.OnJobCompleted),
            (22, (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte*, nint, void>)&DomainCallbacks.OnDeviceRemovalFailed),
            (23, (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, byte*, nint, void>)&DomainCallbacks.OnMetadataChanged),
        ];

        foreach (var (id, callback) in events)
        {
            Add(
                all,
                sink,
                "virConnectDomainEventRegisterAny",
                opaque => LibvirtNative.virConnectDomainEventRegisterAny(
                    connection, 0, id, (void*)callback, opaque, &HostCallbacks.OnFreed),
                registered => LibvirtNative.virConnectDomainEventDeregisterAny(connection, registered));
        }
    }

    private static void AddNetworkEvents(VirConnectHandle connection, EventSink sink, List<CallbackRegistration> all)
    {
        delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> lifecycle = &HostCallbacks.OnNetworkLifecycle;
        var callback = (nint)lifecycle;
        Add(
            all,
            sink,
            "virConnectNetworkEventRegisterAny",
            opaque => LibvirtNative.virConnectNetworkEventRegisterAny(
                connection, 0, 0, (void*)callback, opaque, &HostCallbacks.OnFreed),
            registered => LibvirtNative.virConnectNetworkEventDeregisterAny(connection, registered));
    }

    private static void AddStoragePoolEvents(VirConnectHandle connection, EventSink sink, List<CallbackRegistration> all)
    {
        (int Id, nint Callback)[] events =
        [
            (0, (nint)(delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void>)&HostCallbacks.OnPoolLifecycle),
            (1, (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, void>)&HostCallbacks.OnPoolRefreshed),
        ];

        foreach (var (id, callback) in events)
        {
            Add(
                all,
                sink,
                "virConnectStoragePoolEventRegisterAny",
                opaque => LibvirtNative.virConnectStoragePoolEventRegisterAny(
                    connection, 0, id, (void*)callback, opaque, &HostCallbacks.OnFreed),
                registered => LibvirtNative.virConnectStoragePoolEventDeregisterAny(connection, registered));
        }
    }

    private static void Add(
        List<CallbackRegistration> all, EventSink sink, string operation, Register register, Action<int> deregister)
    {
        var opaque = CallbackRegistry.Add(sink);
        int registered;
        try
        {
            registered = register(opaque);
        }
        catch (EntryPointNotFoundException)
        {
            CallbackRegistry.Remove(opaque);
            return;
        }

        if (registered >= 0)
        {
            all.Add(new CallbackRegistration(opaque, () => deregister(registered)));
            return;
        }

        var error = LibvirtException.FromLastError(operation);
        CallbackRegistry.Remove(opaque);
        if (error.Code is not (LibvirtErrorCode.NoSupport or LibvirtErrorCode.InvalidArgument))
        {
            throw error;
        }
    }
}

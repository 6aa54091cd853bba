using Berth.Libvirt.Tests.TestDriver;

namespace Berth.Libvirt.Tests.Daemon;

[Collection(nameof(PrivateHost))]
public sealed class MigrationTests(PrivateHost source)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_guest_migrates_stays_paused_on_the_other_host_and_runs_there_when_resumed()
    {
        await using var target = new PrivateHost();
        await target.InitializeAsync();
        await using var here = await source.OpenAsync();
        await using var there = await target.OpenAsync();
        var uuid = Guid.NewGuid();
        var disk = Path.Combine(source.Folder, $"{uuid:N}.raw");
        await File.WriteAllBytesAsync(disk, BootSectorGuest.Disk(), Cancel);
        await here.Domains.CreateAsync(
            BootSectorGuest.Xml($"guest-{uuid:N}", uuid, disk), DomainStartOptions.None, Cancel);
        using var subscription = here.Subscribe();

        await here.Domains.MigrateAsync(
            uuid,
            target.Uri,
            new MigrationOptions
            {
                Flags = MigrationFlags.Live | MigrationFlags.PeerToPeer | MigrationFlags.Paused | MigrationFlags.Unsafe,
                MigrationUri = $"unix://{source.Folder}/migration.sock",
                Bandwidth = 1024,
            },
            Cancel);

        Assert.Null(await here.Domains.FindAsync(uuid, Cancel));
        Assert.Equal(DomainState.Paused, (await there.Domains.GetStatusAsync(uuid, Cancel))?.State);
        DomainJob? job = null;
        DomainLifecycleDetail? stopped = null;
        while (job is null || stopped is null)
        {
            var occurred = (await EventTests.TakeAsync(subscription.Events, 1))[0];
            job = (occurred as DomainJobCompleted)?.Job ?? job;
            stopped = occurred is DomainLifecycleEvent { Type: DomainLifecycle.Stopped } stop ? stop.Detail : stopped;
        }

        Assert.Equal(DomainLifecycleDetail.Migrated, stopped);
        Assert.True(job is { Operation: DomainJobOperation.MigrationOut, TimeElapsed: > 0, DataProcessed: > 0 });
        await there.Domains.ResumeAsync(uuid, Cancel);
        Assert.Equal(DomainState.Running, (await there.Domains.GetStatusAsync(uuid, Cancel))?.State);
        Assert.True(await there.Domains.DestroyAsync(uuid, graceful: false, Cancel));
    }
}

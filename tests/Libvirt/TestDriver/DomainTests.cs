namespace Berth.Libvirt.Tests.TestDriver;

public sealed class DomainTests : IAsyncLifetime
{
    private const string Namespace = "https://berth.dev/test";
    private static readonly Guid s_uuid = Guid.Parse("0d5e1f6a-93c5-4d7e-8a51-0c1b7f1f0a01");
    private static readonly Guid s_absent = Guid.Parse("0d5e1f6a-93c5-4d7e-8a51-0c1b7f1f0aff");
    private TestHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private LibvirtDomains Domains => _host.Connection.Domains;

    public async ValueTask InitializeAsync() => _host = await TestHost.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_defined_domain_is_listed_as_off_and_found_with_its_details()
    {
        await DefineAsync();

        var listed = Assert.Single(await Domains.ListAsync(Cancel));
        Assert.Equal(new DomainSummary(s_uuid, "a", null, new(DomainState.ShutOff, DomainStateReason.Unknown)), listed);
        Assert.False(listed.IsActive);
        var found = await Domains.FindAsync(s_uuid, Cancel);
        Assert.NotNull(found);
        Assert.Equal(("a", true, 65536ul), (found.Name, found.IsPersistent, found.MaximumMemoryKib));
        var named = await Domains.FindByNameAsync("a", Cancel);
        Assert.Equal(found with { CpuTimeNanoseconds = 0 }, named! with { CpuTimeNanoseconds = 0 });
    }

    [Fact]
    public async Task What_does_not_exist_reads_as_null_and_removes_as_false()
    {
        Assert.Empty(await Domains.ListAsync(Cancel));
        Assert.Null(await Domains.FindAsync(s_absent, Cancel));
        Assert.Null(await Domains.FindByNameAsync("absent", Cancel));
        Assert.Null(await Domains.GetStatusAsync(s_absent, Cancel));
        Assert.Null(await Domains.GetXmlAsync(s_absent, DomainXmlOptions.None, Cancel));
        Assert.Null(await Domains.GetMetadataAsync(s_absent, Namespace, DomainImpact.Current, Cancel));
        Assert.Null(await Domains.GetStatisticsAsync(s_absent, DomainStatisticsKinds.All, Cancel));
        Assert.Null(await Domains.GetBlockInfoAsync(s_absent, "vda", Cancel));
        Assert.False(await Domains.UndefineAsync(s_absent, DomainUndefineOptions.None, Cancel));
        Assert.False(await Domains.DestroyAsync(s_absent, graceful: false, Cancel));
    }

    [Fact]
    public async Task Changing_what_does_not_exist_says_so_by_its_code()
    {
        var error = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.StartAsync(s_absent, DomainStartOptions.None, Cancel));

        Assert.Equal(LibvirtErrorCode.NoDomain, error.Code);
        Assert.False(error.IsConnectionLost);
    }

    [Fact]
    public async Task A_domain_goes_through_its_whole_life()
    {
        await DefineAsync();
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);
        Assert.Equal(DomainState.Running, (await Domains.GetStatusAsync(s_uuid, Cancel))?.State);
        await Domains.SuspendAsync(s_uuid, Cancel);
        Assert.Equal(
            new DomainStatus(DomainState.Paused, DomainStateReason.User), await Domains.GetStatusAsync(s_uuid, Cancel));
        await Domains.ResumeAsync(s_uuid, Cancel);
        var running = Assert.Single(await Domains.ListAsync(Cancel));
        Assert.True(running.IsActive);
        Assert.Equal(DomainState.Running, running.Status.State);

        await Domains.ShutdownAsync(s_uuid, DomainShutdownMode.Default, Cancel);
        Assert.Equal(
            new DomainStatus(DomainState.ShutOff, DomainStateReason.Shutdown), await Domains.GetStatusAsync(s_uuid, Cancel));
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);
        Assert.True(await Domains.DestroyAsync(s_uuid, graceful: false, Cancel));
        Assert.False(await Domains.DestroyAsync(s_uuid, graceful: false, Cancel));
        Assert.True(await Domains.UndefineAsync(s_uuid, DomainUndefineOptions.None, Cancel));
        Assert.Null(await Domains.FindAsync(s_uuid, Cancel));
    }

    [Fact]
    public async Task A_transient_domain_is_gone_when_destroyed()
    {
        Assert.Equal(s_uuid, await Domains.CreateAsync(TestHost.DomainXml("t", s_uuid), DomainStartOptions.None, Cancel));
        Assert.False((await Domains.FindAsync(s_uuid, Cancel))!.IsPersistent);

        Assert.True(await Domains.DestroyAsync(s_uuid, graceful: true, Cancel));

        Assert.Null(await Domains.FindAsync(s_uuid, Cancel));
    }

    [Fact]
    public async Task Errors_carry_operation_code_domain_and_libvirts_text()
    {
        var malformed = await Assert.ThrowsAsync<LibvirtException>(() => Domains.DefineAsync("<domain", false, Cancel));
        Assert.Equal("virDomainDefineXMLFlags", malformed.Operation);
        Assert.Equal(LibvirtErrorDomain.Domain, malformed.Domain);

        await DefineAsync();
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);
        var running = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel));
        Assert.Equal((LibvirtErrorCode.InternalError, LibvirtErrorDomain.Test), (running.Code, running.Domain));
        Assert.NotEmpty(running.Detail);
        Assert.Contains("virDomainCreateWithFlags", running.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_element_fails_validation_only_where_it_is_asked_for()
    {
        var xml = TestHost.DomainXml("a", s_uuid).Replace("<devices>", "<frobnicate/><devices>", StringComparison.Ordinal);

        await Domains.DefineAsync(xml, validate: false, Cancel);
        var error = await Assert.ThrowsAsync<LibvirtException>(() => Domains.DefineAsync(xml, validate: true, Cancel));

        Assert.Equal(LibvirtErrorCode.XmlInvalidSchema, error.Code);
    }

    [Fact]
    public async Task Metadata_survives_in_the_definition_and_can_be_removed()
    {
        await DefineAsync();
        Assert.Null(await Domains.GetMetadataAsync(s_uuid, Namespace, DomainImpact.Config, Cancel));

        await Domains.SetMetadataAsync(s_uuid, "<vm uid='7'>a &amp; b</vm>", "berth", Namespace, DomainImpact.Config, Cancel);

        Assert.Equal(
            "<vm uid=\"7\">a &amp; b</vm>", await Domains.GetMetadataAsync(s_uuid, Namespace, DomainImpact.Config, Cancel));
        var xml = await Domains.GetXmlAsync(s_uuid, DomainXmlOptions.Inactive, Cancel);
        Assert.Contains($"<berth:vm xmlns:berth=\"{Namespace}\" uid=\"7\">", xml, StringComparison.Ordinal);
        await Domains.SetMetadataAsync(s_uuid, null, "berth", Namespace, DomainImpact.Config, Cancel);
        Assert.Null(await Domains.GetMetadataAsync(s_uuid, Namespace, DomainImpact.Config, Cancel));
    }

    [Fact]
    public async Task Devices_vcpus_and_memory_change()
    {
        await DefineAsync();
        await Domains.SetMaximumMemoryAsync(s_uuid, 131072, Cancel);
        await Domains.SetMemoryAsync(s_uuid, 98304, DomainImpact.Config, Cancel);
        await Domains.SetMaximumVcpusAsync(s_uuid, 4, Cancel);
        await Domains.SetVcpusAsync(s_uuid, 3, DomainImpact.Config, Cancel);
        var xml = await Domains.GetXmlAsync(s_uuid, DomainXmlOptions.Inactive, Cancel);

        Assert.Contains("<memory unit='KiB'>131072</memory>", xml, StringComparison.Ordinal);
        Assert.Contains("<currentMemory unit='KiB'>98304</currentMemory>", xml, StringComparison.Ordinal);
        Assert.Contains("current='3'>4</vcpu>", xml, StringComparison.Ordinal);
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);
        Assert.Equal(98304ul, (await Domains.FindAsync(s_uuid, Cancel))!.MemoryKib);
    }

    [Fact]
    public async Task Managed_save_is_kept_reported_and_dropped()
    {
        await DefineAsync();
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);

        await Domains.ManagedSaveAsync(s_uuid, Cancel);

        Assert.Equal(
            new DomainStatus(DomainState.ShutOff, DomainStateReason.Saved), await Domains.GetStatusAsync(s_uuid, Cancel));
        Assert.True(await Domains.HasManagedSaveAsync(s_uuid, Cancel));
        var refused = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.UndefineAsync(s_uuid, DomainUndefineOptions.None, Cancel));
        Assert.Equal(LibvirtErrorCode.OperationInvalid, refused.Code);
        Assert.True(await Domains.RemoveManagedSaveAsync(s_uuid, Cancel));
        Assert.False(await Domains.RemoveManagedSaveAsync(s_uuid, Cancel));
    }

    [Fact]
    public async Task A_domain_is_saved_to_a_file_and_restored_from_it()
    {
        await DefineAsync();
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);
        var file = Path.GetTempFileName();
        try
        {
            await Domains.SaveAsync(s_uuid, file, Cancel);
            Assert.Equal(DomainState.ShutOff, (await Domains.GetStatusAsync(s_uuid, Cancel))?.State);
            await Domains.RestoreAsync(file, null, DomainRestoreState.AsSaved, Cancel);
            Assert.Equal(DomainState.Running, (await Domains.GetStatusAsync(s_uuid, Cancel))?.State);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_running_domain_has_figures()
    {
        await _host.Connection.Networks.DefineAsync(
            "<network><name>default</name><ip address='192.168.1.1' netmask='255.255.255.0'/></network>", Cancel);
        await DefineAsync();
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);

        var one = await Domains.GetStatisticsAsync(s_uuid, DomainStatisticsKinds.State, Cancel);
        var all = await Domains.GetAllStatisticsAsync(DomainStatisticsKinds.State, Cancel);

        Assert.Equal(new DomainStatus(DomainState.Running, DomainStateReason.Booted), one?.Status);
        Assert.Equal(s_uuid, Assert.Single(all).Uuid);
        Assert.NotNull(await Domains.GetInterfaceStatisticsAsync(s_uuid, "52:54:00:00:00:01", Cancel));
        Assert.NotNull(await Domains.GetBlockInfoAsync(s_uuid, "vda", Cancel));
        var nic = Assert.Single((await Domains.GetInterfaceAddressesAsync(s_uuid, InterfaceAddressSource.Lease, Cancel))!);
        Assert.NotEmpty(nic.Addresses);
    }

    [Fact]
    public async Task Autostart_is_set_and_told()
    {
        await DefineAsync();
        Assert.False((await Domains.FindAsync(s_uuid, Cancel))!.IsAutostarted);

        await Domains.SetAutostartAsync(s_uuid, true, Cancel);

        Assert.True((await Domains.FindAsync(s_uuid, Cancel))!.IsAutostarted);
    }

    [Fact]
    public async Task A_screenshot_is_a_picture()
    {
        await DefineAsync();
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);
        using var picture = new MemoryStream();

        var type = await Domains.TakeScreenshotAsync(s_uuid, 0, picture, Cancel);

        Assert.Equal("image/png", type);
        Assert.Equal("PNG"u8, picture.ToArray().AsSpan(1, 3));
    }

    [Fact]
    public async Task What_the_driver_lacks_is_NoSupport()
    {
        await DefineAsync();
        await Domains.StartAsync(s_uuid, DomainStartOptions.None, Cancel);

        var agent = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.RunAgentCommandAsync(s_uuid, "{}", TimeSpan.FromSeconds(1), Cancel));
        var console = await Assert.ThrowsAsync<LibvirtException>(() => Domains.OpenConsoleAsync(s_uuid, null, Cancel));
        var migration = await Assert.ThrowsAsync<LibvirtException>(
            () => Domains.MigrateAsync(s_uuid, "test:///default", new MigrationOptions { Disks = ["vda"] }, Cancel));

        Assert.Equal(LibvirtErrorCode.NoSupport, agent.Code);
        Assert.Equal(LibvirtErrorCode.NoSupport, console.Code);
        Assert.NotEqual(LibvirtErrorCode.None, migration.Code);
    }

    private Task<Guid> DefineAsync() => Domains.DefineAsync(TestHost.DomainXml("a", s_uuid), validate: false, Cancel);
}

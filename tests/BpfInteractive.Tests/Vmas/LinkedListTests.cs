namespace BpfInteractive.Tests.Vmas;

/// <summary>Engine linked-list, for which there is no kernel here: its walk runs over a list of our own, relocated by a BTF of our own.</summary>
public sealed class LinkedListTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private string _sources = "";

    public async ValueTask InitializeAsync()
    {
        _sources = Path.Combine(Machine.RepositoryRoot, "tests", "targets", "vmas");
        Require.Root();
        Require.Tool(Machine.Clang);
        await CompileAsync("linked_list.bpf.c", "list.o");
        await CompileAsync("old_kernel.c", "old.o");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Follows_a_list_at_the_offsets_of_its_BTF()
    {
        var (walk, rows) = Walk(process: 1, from: 0);
        Assert.Equal((0, 40u, 40u), (walk.Error, walk.Seen, walk.Records));
        Assert.Equal(Enumerable.Range(0, 40).Select(index => 0x100000UL + ((ulong)index * 0x2000)), rows.Select(row => row.Start));
        Assert.Equal(Enumerable.Range(0, 40).Select(index => (uint)index % 8), rows.Select(row => row.Flags & 7));
        Assert.All(rows, row => Assert.Equal(row.Start + 0x1000, row.End));
        Assert.Equal(VmaRecord.HeapFlag, rows[1].Flags & VmaRecord.HeapFlag);
        Assert.Equal(VmaRecord.StackFlag, rows[39].Flags & VmaRecord.StackFlag);
    }

    [Fact]
    public void Starts_from_an_address_on()
    {
        var (_, rows) = Walk(process: 1, from: 0x100000 + (10 * 0x2000) + 5);
        Assert.Equal((30, 0x100000UL + (10 * 0x2000)), (rows.Length, rows[0].Start));
    }

    [Fact]
    public void Ends_where_the_list_leads_back()
    {
        var (walk, rows) = Walk(process: 2, from: 0);
        Assert.Equal((-16, 5), (walk.Error, rows.Length));
    }

    [Fact]
    public void Is_offered_only_where_the_field_exists()
    {
        Assert.True(IteratorEngine.HasLinkedList(BtfData.Parse(BtfOf("old.o"))));
        Assert.Equal(Machine.KernelVersion < new Version(6, 1), IteratorEngine.HasLinkedList(BtfData.Kernel));
        if (Machine.KernelVersion >= new Version(6, 1))
        {
            var error = Assert.Throws<UnsupportedFeatureException>(() => BpfInteractive.Vmas.Of(1, VmaEngine.LinkedList));
            Assert.Contains("vm_next", error.Message, StringComparison.Ordinal);
        }
    }

    private (VmaWalk Walk, VmaRecord[] Rows) Walk(uint process, ulong from)
    {
        using var opened = OpenBpfObject.Open(File.ReadAllBytes(_folder["list.o"]), "linked_list", new OpenObjectOptions { CustomBtfPath = _folder["old.o"] });
        using var loaded = opened.Load();
        using var records = new MappedTable<VmaRecord>(loaded.Maps["vma_records"]);
        var walk = new VmaWalk { Pid = process, From = from };
        Assert.Equal(0, ProgramRun.Call(loaded.Programs[0].Fd, ref walk));
        return (walk, records.Take(walk.Records).ToArray());
    }

    private async Task CompileAsync(string source, string name)
    {
        string[] flags = ["-target", "bpf", "-O2", "-g", "-mcpu=v3", "-idirafter", "/usr/include/x86_64-linux-gnu", "-idirafter", "/usr/include/aarch64-linux-gnu"];
        var (status, _, errors) = await TestProcess.RunAsync(Machine.Clang, [.. flags, "-c", Path.Combine(_sources, source), "-o", _folder[name]]);
        Assert.True(status == 0, errors);
    }

    private byte[] BtfOf(string name) => VmaLayoutTests.ElfSection(File.ReadAllBytes(_folder[name]), ".BTF").ToArray();
}

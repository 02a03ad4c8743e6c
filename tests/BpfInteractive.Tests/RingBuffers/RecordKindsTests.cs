namespace BpfInteractive.Tests.RingBuffers;

public sealed class RecordKindsTests
{
    private const string Source = """
        enum kind { OPENED = 1, CLOSED = 2, UNTOLD = 3 };
        struct opened { u32 pid; enum kind kind; char path[16]; };
        struct closed { u32 pid; enum kind kind; u64 bytes; };
        struct moved { enum kind kind; u32 pid; };
        BPFI_EVENT(opened);
        BPFI_EVENT(closed);
        BPFI_EVENT(moved);
        BPFI_RING(events, 4096);

        SEC("syscall")
        int send(struct { u32 kind; u32 number; } *args)
        {
            if (args->kind == OPENED) {
                struct opened *e = bpfi_ring_reserve(events, sizeof(*e));
                if (!e)
                    return 1;
                e->pid = args->number;
                e->kind = OPENED;
                __builtin_memcpy(e->path, "/etc/passwd", 12);
                bpf_ringbuf_submit(e, 0);
                return 0;
            }
            struct closed *e = bpfi_ring_reserve(events, sizeof(*e));
            if (!e)
                return 1;
            e->pid = args->number;
            e->kind = args->kind;
            e->bytes = args->number * 10;
            bpf_ringbuf_submit(e, 0);
            return 0;
        }
        """;

    private static readonly Dictionary<long, string> Structs = new() { [1] = "opened", [2] = "closed" };

    [Fact]
    public async Task Records_of_each_kind_come_in_columns_of_their_own()
    {
        await using var obj = await LoadAsync();
        var kinds = obj.RingBuffer("events").ByKind("kind", Structs);
        for (var number = 1u; number <= 9; number++)
        {
            Send(obj, (number % 3) + 1, number);
        }

        var rows = kinds.Drain();
        Assert.Equal(["closed", "opened"], rows.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([3u, 6u, 9u], rows["opened"].Values<uint>("pid").ToArray());
        Assert.Equal("/etc/passwd", rows["opened"].Text("path")[0]);
        Assert.Equal(["pid", "kind", "bytes"], rows["closed"].Select(column => column.Name));
        Assert.Equal([10ul, 40ul, 70ul], rows["closed"].Values<ulong>("bytes").ToArray());
        Assert.All(rows.Values, table => Assert.Equal(3, table.Losses["unknown-kind"]));

        Send(obj, 2, 20);
        rows = kinds.Drain();
        Assert.Equal((0, 1), (rows["opened"].RowCount, rows["closed"].RowCount));
        Assert.True(rows["closed"].Losses.IsEmpty);
    }

    [Fact]
    public async Task Full_rings_are_told_beside_every_kind()
    {
        await using var obj = await LoadAsync();
        var kinds = obj.RingBuffer("events").ByKind("kind", Structs);
        var sent = 0;
        while (Send(obj, 2, 1) == 0)
        {
            sent++;
        }

        var rows = kinds.Drain();
        Assert.Equal(sent, rows["closed"].RowCount);
        Assert.All(rows.Values, table => Assert.Equal(1, table.Losses["ring-full"]));
    }

    [Fact]
    public async Task Both_kinds_are_gathered_for_a_time()
    {
        await using var obj = await LoadAsync();
        var collecting = obj.RingBuffer("events").ByKind("kind", Structs).CollectAsync(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        Send(obj, 1, 7);
        Send(obj, 2, 8);
        var rows = await collecting;
        Assert.Equal([7u], rows["opened"].Values<uint>("pid").ToArray());
        Assert.Equal([8u], rows["closed"].Values<uint>("pid").ToArray());
    }

    [Fact]
    public async Task Two_kinds_may_be_of_one_struct()
    {
        await using var obj = await LoadAsync();
        var kinds = obj.RingBuffer("events").ByKind("kind", new Dictionary<long, string> { [2] = "closed", [3] = "closed" });
        Send(obj, 2, 1);
        Send(obj, 3, 2);
        var rows = Assert.Single(kinds.Drain()).Value;
        Assert.Equal([1u, 2u], rows.Values<uint>("pid").ToArray().Order());
        Assert.Equal(["CLOSED", "UNTOLD"], Enumerable.Range(0, 2).Select(row => rows.Text("kind")[row]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("kind", "nothing", "has no struct 'nothing'")]
    [InlineData("colour", "closed", "has no integer or enum 'colour'")]
    [InlineData("path", "opened", "has no integer or enum 'path'")]
    [InlineData("kind", "moved", "it must be the same in all")]
    public async Task What_cannot_tell_records_apart_is_refused(string member, string name, string words)
    {
        await using var obj = await LoadAsync();
        var ring = obj.RingBuffer("events");
        var error = Assert.ThrowsAny<ArgumentException>(() => ring.ByKind(member, new Dictionary<long, string> { [1] = "opened", [2] = name }));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    private static Task<BpfObject> LoadAsync()
    {
        Require.Root();
        Require.Feature("clang");
        return Bpf.LoadAsync(Source, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static uint Send(BpfObject obj, uint kind, uint number)
    {
        var context = new Order(kind, number);
        return obj.Programs["send"].Run(ref context);
    }

    private record struct Order(uint Kind, uint Number);
}

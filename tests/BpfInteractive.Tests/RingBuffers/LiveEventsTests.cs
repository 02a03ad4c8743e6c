namespace BpfInteractive.Tests.RingBuffers;

/// <summary>The way of a user: C text, compiled and attached, and typed rows of what the machine does.</summary>
public sealed class LiveEventsTests
{
    private const string Source = """
        struct event { u32 pid; char comm[16]; char path[128]; };
        BPFI_RING(events, 1 << 20);
        SEC("tracepoint/syscalls/sys_enter_openat")
        int on_open(struct trace_event_raw_sys_enter *ctx)
        {
            struct event *e = bpfi_ring_reserve(events, sizeof(*e));
            if (!e)
                return 0;
            e->pid = bpf_get_current_pid_tgid() >> 32;
            bpf_get_current_comm(e->comm, sizeof(e->comm));
            bpf_probe_read_user_str(e->path, sizeof(e->path), (void *)ctx->args[1]);
            bpf_ringbuf_submit(e, 0);
            return 0;
        }
        """;

    [Fact]
    public async Task Files_that_are_opened_come_as_typed_rows()
    {
        Require.Root();
        Require.Feature("tracefs");
        var compiled = await BpfCompiler.CompileAsync(Source);
        await using var opens = OpenBpfObject.Open(compiled.Object, "opens").Load();
        opens.Attach();
        var path = $"/tmp/bpfi-no-such-file-{Guid.NewGuid():N}";
        var collecting = opens.RingBuffer("events").CollectAsync(TimeSpan.FromSeconds(1));
        Assert.False(File.Exists(path));
        Assert.Throws<FileNotFoundException>(() => File.OpenRead(path));
        var rows = await collecting;

        Assert.Equal(["pid", "comm", "path"], rows.Select(column => column.Name));
        Assert.Equal(ColumnFormat.Pid, rows["pid"].Format);
        var row = rows.Text("path").Codes.IndexOf(rows.Text("path").Dictionary.IndexOf(path));
        Assert.True(row >= 0, rows.ToString());
        Assert.Equal((uint)Environment.ProcessId, rows.Values<uint>("pid")[row]);
    }
}

using System.Globalization;

namespace BpfInteractive.Scripting.Tests;

/// <summary>BPF cells in the session, as a notebook runs them.</summary>
public sealed class BpfLanguageTests : IAsyncDisposable
{
    private const string Counter = """
        #!bpf --name calls
        const volatile u32 target_pid;
        u64 seen;
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, u32); __type(value, u64); } by_pid SEC(".maps");
        SEC("tracepoint/syscalls/sys_enter_getpgid")
        int on_call(void *ctx)
        {
            u32 pid = bpf_get_current_pid_tgid() >> 32;
            if (target_pid && pid != target_pid)
                return 0;
            __sync_fetch_and_add(&seen, 1);
            u64 one = 1, *count = bpf_map_lookup_elem(&by_pid, &pid);
            if (count)
                __sync_fetch_and_add(count, 1);
            else
                bpf_map_update_elem(&by_pid, &pid, &one, BPF_ANY);
            return 0;
        }
        """;

    private const string Call = "[System.Runtime.InteropServices.DllImport(\"libc\")] static extern int getpgid(int pid); ";

    private readonly CellSession _session = NotebookSession.Create();
    private readonly RecordedOutput _output = new();

    public BpfLanguageTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading BPF programs needs root");

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task A_cell_binds_a_variable_that_later_cells_use()
    {
        await RunAsync(OnlyUs + "\n#!csharp\n" + Call + "getpgid(0); getpgid(0);");
        Assert.Matches(@"calls \(new\): 1 attached in .* ms", (await _session.RunAsync(OnlyUs, _output)).Value!.ToString()!.Replace("replaced", "new", StringComparison.Ordinal));
        await RunAsync("getpgid(0); getpgid(0); getpgid(0);");
        Assert.Equal(3UL, await RunAsync("calls.Globals.seen"));
        Assert.Equal(3UL, await RunAsync("calls.Maps.by_pid.Single().Value"));
        Assert.Equal(Environment.ProcessId, Convert.ToInt32(await RunAsync("calls.Maps.by_pid.Single().Key"), CultureInfo.InvariantCulture));
        Assert.Contains("global", (await _session.CompleteAsync("calls.Glob", 10)).Items[0].Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_cell_run_again_puts_the_new_program_into_the_same_object()
    {
        await RunAsync(OnlyUs);
        await RunAsync(Call + "var held = calls; Func<ulong> read = () => held.Globals.seen;");
        var first = await RunAsync("calls");
        await RunAsync(OnlyUs.Replace("&seen, 1", "&seen, 10", StringComparison.Ordinal));
        Assert.Same(first, await RunAsync("calls"));
        await RunAsync("getpgid(0);");
        Assert.Equal(10UL, await RunAsync("read()"));
        Assert.Single(_session.Owned);
    }

    [Fact]
    public async Task Other_types_make_another_object_and_the_old_one_names_the_cell()
    {
        await RunAsync(OnlyUs);
        await RunAsync("var held = calls;");
        var program = await ProgramIdAsync();
        await RunAsync(OnlyUs.Replace("u64 seen", "u64 seen, more", StringComparison.Ordinal));
        Assert.Equal(0UL, await RunAsync("calls.Globals.more"));
        Assert.Contains("cell 4 replaced it", (await _session.RunAsync("held.Globals.seen", _output)).Error!.Message, StringComparison.Ordinal);
        await _session.DisposeAsync();
        Assert.DoesNotContain(program, HeldPrograms());
    }

    [Fact]
    public async Task A_cell_that_is_refused_shows_where_and_leaves_the_old_one_running()
    {
        await RunAsync(OnlyUs);
        var refused = await _session.RunAsync(OnlyUs.Replace("if (count)", "if (1)", StringComparison.Ordinal), _output);
        Assert.Equal(("BpfCellError", "the verifier refused program 'on_call'"), (refused.Error!.Name, refused.Error.Message));
        Assert.Equal(refused.Error.Message, refused.Error.Text);
        var shown = Assert.Single(_output.Displays).Bundle;
        Assert.Contains("calls:14:", shown.PlainText, StringComparison.Ordinal); // the line of the add, counted in the cell
        Assert.Contains("still runs", shown.PlainText, StringComparison.Ordinal);
        Assert.Contains("<details>", shown.Data[MimeBundle.HtmlType], StringComparison.Ordinal);
        await RunAsync(Call + "getpgid(0);");
        Assert.Equal(1UL, await RunAsync("calls.Globals.seen"));
    }

    [Fact]
    public async Task A_kept_object_runs_on_beside_the_new_one_until_the_session_ends()
    {
        await RunAsync(OnlyUs);
        await RunAsync(Call + "var old = Keep(calls);");
        var program = await ProgramIdAsync();
        await RunAsync(OnlyUs.Replace("&seen, 1", "&seen, 10", StringComparison.Ordinal));
        await RunAsync("getpgid(0);");
        Assert.Equal("1 10", await RunAsync("$\"{old.Globals.seen} {calls.Globals.seen}\""));
        Assert.Contains("calls (kept)", ListOf(await RunAsync("#!bpf --list")), StringComparison.Ordinal);
        Assert.Contains(program, HeldPrograms());
        await _session.DisposeAsync();
        Assert.DoesNotContain(program, HeldPrograms());
    }

    [Fact]
    public async Task The_list_names_what_is_attached_and_the_cell()
    {
        Assert.EndsWith("nothing is loaded", ListOf(await RunAsync("#!bpf --list")), StringComparison.Ordinal);
        await RunAsync(OnlyUs);
        await RunAsync("var more = await Bpf.LoadAsync(\"SEC(\\\"tracepoint/syscalls/sys_enter_getpgid\\\") int other(void *ctx) { return 0; }\");");
        var list = ListOf(await RunAsync("#!bpf --list"));
        Assert.Matches(@"calls +cell 2 +\d\d:\d\d:\d\d +on_call +syscalls/sys_enter_getpgid\n", list);
        Assert.Matches(@"more +cell 3 +other +nothing\n", list);
        await RunAsync("calls.Dispose();");
        Assert.DoesNotContain("on_call", ListOf(await RunAsync("#!bpf --list")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_becomes_something_else_is_unloaded()
    {
        await RunAsync(OnlyUs);
        var program = await ProgramIdAsync();
        await RunAsync("var calls = 1;");
        Assert.DoesNotContain(program, HeldPrograms());
        await RunAsync(OnlyUs);
        Assert.Equal(0UL, await RunAsync("calls.Globals.seen"));
    }

    [Fact]
    public async Task A_wrong_option_is_told_with_its_line()
    {
        var result = await _session.RunAsync("// first\n#!bpf --nam calls\nint x;", _output);
        Assert.Equal(("MagicError", "line 2: #!bpf has no option '--nam'; did you mean --name?"), (result.Error!.Name, result.Error.Message));
    }

    private static string OnlyUs => Counter.Replace("--name calls", FormattableString.Invariant($"--name calls --pid {Environment.ProcessId}"), StringComparison.Ordinal);

    private static string ListOf(object? value) => ((MimeBundle)value!).PlainText;

    /// <summary>The programs that this process holds, by the kernel's id.</summary>
    private static List<string> HeldPrograms() =>
        [.. Directory.GetFiles("/proc/self/fdinfo").SelectMany(ReadOrNothing).Where(line => line.StartsWith("prog_id:", StringComparison.Ordinal)).Select(line => line[8..].Trim())];

    private static string[] ReadOrNothing(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (IOException)
        {
            return []; // Closed meanwhile.
        }
    }

    private async Task<string> ProgramIdAsync() => (await RunAsync("calls.Programs.on_call.ReadInfo().Id.ToString()"))!.ToString()!;

    private async Task<object?> RunAsync(string text)
    {
        var result = await _session.RunAsync(text, _output);
        Assert.True(result.Succeeded, $"{result.Error?.Text}\n{string.Join('\n', _output.Displays.Select(display => display.Bundle.PlainText))}");
        return result.Value;
    }
}

namespace BpfInteractive.Tests.Compilation;

public sealed class BpfCompilerTests
{
    private const string Opens = """
        struct event { u32 pid; char comm[16]; char path[128]; };
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 20); } events SEC(".maps");
        SEC("tracepoint/syscalls/sys_enter_openat")
        int on_open(struct trace_event_raw_sys_enter *ctx)
        {
            struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
            if (!event)
                return 0;
            event->pid = bpf_get_current_pid_tgid() >> 32;
            bpf_get_current_comm(event->comm, sizeof(event->comm));
            bpf_probe_read_user_str(event->path, sizeof(event->path), (void *)ctx->args[1]);
            bpf_ringbuf_submit(event, 0);
            return 0;
        }
        """;

    private static readonly CompilerOptions Fresh = new() { UseCache = false, Name = "cell 3" };

    [Fact]
    public async Task A_source_needs_no_include()
    {
        var compiled = await Compile(Opens);
        var elf = ObjectImage.Parse(compiled.Object, "x");
        Assert.True(elf.Elf.TryFind("tracepoint/syscalls/sys_enter_openat", out _));
        Assert.True(elf.Btf!.TryFind("event", BtfKind.Struct, out var type));
        Assert.Equal(148, type.SizeBytes);
        Assert.Equal(3, type.Members.Count);
        Assert.Empty(compiled.Diagnostics);
    }

    [Fact]
    public async Task Line_information_names_the_source_and_its_own_lines()
    {
        var image = ObjectImage.Parse((await Compile(Opens)).Object, "x");
        var comm = image.Extension!.Lines.First(line => image.Btf!.TextAt(line.Text).Contains("bpf_get_current_comm", StringComparison.Ordinal));
        Assert.Equal(("cell 3", 10), (image.Btf!.TextAt(comm.FileName), comm.Line));
    }

    [Fact]
    public async Task Nothing_of_DWARF_is_left_in_the_object()
    {
        var elf = ObjectImage.Parse((await Compile(Opens)).Object, "x").Elf;
        Assert.All(elf.Sections, section => Assert.True(!section.Name.Contains(".debug_", StringComparison.Ordinal) || section.Size == 0, section.Name));
    }

    [Theory]
    [InlineData("#include \"vmlinux.h\"\n")]
    [InlineData("#include <vmlinux.h>\n#include <bpf/bpf_helpers.h>\n")]
    [InlineData("#include \"vmlinux.h\"\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_tracing.h>\n#include <bpf/bpf_core_read.h>\n")]
    public async Task Includes_may_be_there_as_elsewhere(string includes) => await Compile(includes + Opens);

    [Fact]
    public async Task A_source_on_user_space_headers_gets_those() => await Compile("""
        #include <linux/bpf.h>
        #include <linux/ptrace.h>
        #include <bpf/bpf_helpers.h>
        #include <stdint.h>
        uint64_t count;
        SEC("raw_tp/sched_switch") int on_switch(struct bpf_raw_tracepoint_args *ctx) { __sync_fetch_and_add(&count, 1); return 0; }
        char LICENSE[] SEC("license") = "GPL";
        """);

    [Fact]
    public async Task A_license_is_added_where_none_is_stated()
    {
        var elf = ObjectImage.Parse((await Compile("int x;")).Object, "x").Elf;
        Assert.True(elf.TryFind("license", out var license));
        Assert.Equal("Dual MIT/GPL\0"u8.ToArray(), elf.Data(license).ToArray());
        var own = ObjectImage.Parse((await Compile("char L[] SEC(\"license\") = \"BSD\";")).Object, "x").Elf;
        Assert.True(own.TryFind("license", out license));
        Assert.Equal("BSD\0"u8.ToArray(), own.Data(license).ToArray());
    }

    [Fact]
    public async Task An_error_stands_at_the_users_own_line()
    {
        var error = await Refused("int a;\n\tint b = nothing;\n");
        var finding = Assert.Single(error.Diagnostics);
        Assert.Equal(("cell 3", 2, 10, DiagnosticSeverity.Error), (finding.File, finding.Line, finding.Column, finding.Severity));
        Assert.Contains("'nothing'", finding.Message, StringComparison.Ordinal);
        Assert.Equal("\tint b = nothing;", finding.SourceLine);
        Assert.Contains("cell 3:2:10: error:", error.Message, StringComparison.Ordinal);
        Assert.Contains("\n    \t        ^", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_belong_to_their_error()
    {
        var error = await Refused("int twice(void) { return 1; }\nint twice(void) { return 2; }\n");
        var note = Assert.Single(Assert.Single(error.Diagnostics).Notes);
        Assert.Equal((1, "previous definition is here"), (note.Line, note.Message));
    }

    [Fact]
    public async Task A_struct_named_as_one_of_the_kernels_is_the_users() => await Compile("""
        struct task_struct { int mine; };
        struct file { int mine; };
        typedef struct { int whole; } kuid_t;
        enum { BPF_MAP_TYPE_HASH_OF_MINE, TASK_COMM_LEN = 5 };
        struct mm_struct *other;
        SEC("raw_tp/x") int f(void *ctx) { struct task_struct t = { .mine = 1 }; kuid_t k = { .whole = 2 }; return t.mine + k.whole + TASK_COMM_LEN; }
        """);

    [Fact]
    public async Task Chains_of_members_compile_without_the_whole_header() => await Compile("""
        SEC("raw_tp/sched_switch") int f(u64 *ctx)
        {
            struct task_struct *task = (void *)ctx[1];
            bpf_printk("%lu", BPF_CORE_READ(task, mm, exe_file, f_inode, i_ino));
            return bpf_get_current_task_btf()->mm->exe_file->f_inode->i_sb->s_dev;
        }
        """);

    [Fact]
    public async Task A_type_that_only_a_helper_returns_is_found_by_asking_again() => await Compile("""
        SEC("tp_btf/sched_switch") int f(u64 *ctx) { return bpf_get_current_task_btf()->tgid; }
        """);

    [Fact]
    public async Task Newer_libbpf_macros_are_there() => await Compile("""
        SEC("uprobe//bin/true:main") int BPF_UPROBE(on_main, int argc) { return argc; }
        SEC("uretprobe//bin/true:main") int BPF_URETPROBE(after_main, int result) { return result; }
        SEC("raw_tp/sched_switch") int loops(void *ctx)
        {
            int sum = 0, i;
            bpf_for(i, 0, 10) sum += i;
            bpf_repeat(3) sum++;
            if (bpf_ksym_exists(bpf_iter_num_new)) sum++;
            struct task_struct *task = bpf_core_cast((void *)bpf_get_current_task(), struct task_struct);
            return sum + task->tgid;
        }
        SEC("iter.s/task") int tasks(struct bpf_iter__task *ctx)
        {
            struct vm_area_struct *vma;
            struct task_struct *task = ctx->task;
            if (!task)
                return 0;
            bpf_for_each(task_vma, vma, task, 0) { if (vma->vm_start > 5) break; }
            return 0;
        }
        """);

    [Fact]
    public async Task Kernel_functions_need_no_extern()
    {
        Assert.SkipUnless(KernelTypes.Running.Functions.TryFind("bpf_task_from_pid", out _), "this kernel's BTF has no bpf_kfunc tags (Linux 6.10, pahole 1.26)");
        await Compile("""
            SEC("syscall") int f(void *ctx)
            {
                struct task_struct *task = bpf_task_from_pid(1);
                if (task)
                    bpf_task_release(task);
                return 0;
            }
            """);
    }

    [Fact]
    public async Task The_whole_header_compiles_too() => await Compile(Opens, Fresh with { FullKernelHeader = true });

    [Fact]
    public async Task Own_headers_and_macros_are_found()
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-test-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "include"));
            File.WriteAllText(Path.Combine(folder.FullName, "include", "far.h"), "struct far { struct mm_struct *mm; };\n");
            File.WriteAllText(Path.Combine(folder.FullName, "near.h"), "#include <far.h>\n#define NEAR 1\n");
            var source = Path.Combine(folder.FullName, "x.bpf.c");
            File.WriteAllText(source, "#include \"near.h\"\nint f(struct far *far) { return far->mm->map_count + NEAR + FROM_OPTION; }\n");
            var options = new CompilerOptions { UseCache = false, IncludeDirectories = [Path.Combine(folder.FullName, "include")], Defines = ["FROM_OPTION=3"] };
            var compiled = await BpfCompiler.CompileFileAsync(source, options, TestContext.Current.CancellationToken);
            Assert.Equal(source, compiled.SourceName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_error_in_an_own_header_names_it()
    {
        var folder = Directory.CreateTempSubdirectory("bpfi-test-");
        try
        {
            var header = Path.Combine(folder.FullName, "bad.h");
            File.WriteAllText(header, "\nint x = ;\n");
            var error = await Refused("#include <bad.h>\n", Fresh with { IncludeDirectories = [folder.FullName] });
            Assert.Equal((header, 2, "int x = ;"), (error.Diagnostics[0].File, error.Diagnostics[0].Line, error.Diagnostics[0].SourceLine));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_same_text_comes_from_the_cache_and_another_does_not()
    {
        var source = $"int unique_{Guid.NewGuid():N};";
        var options = new CompilerOptions();
        Assert.False((await Compile(source, options)).IsFromCache);
        var again = await Compile(source, options);
        Assert.True(again.IsFromCache);
        Assert.Equal(source, again.SourceText);
        Assert.False((await Compile(source + " ", options)).IsFromCache);
        Assert.False((await Compile(source, options with { Defines = ["X"] })).IsFromCache);
    }

    [Fact]
    public async Task Cancelling_stops_clang()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BpfCompiler.CompileAsync(Endless, Fresh, stop.Token));
    }

    [Fact]
    public async Task Clang_may_not_run_for_ever() =>
        await Assert.ThrowsAsync<TimeoutException>(() => BpfCompiler.CompileAsync(Endless, Fresh with { Timeout = TimeSpan.FromMilliseconds(300) }, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Clang_runs_without_capabilities()
    {
        using var cat = UnprivilegedProcess.Start("/bin/cat", ["/proc/self/status"], "/tmp", null);
        var (status, text) = await cat.FinishAsync(default, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(0, status);
        Assert.Contains("CapEff:\t0000000000000000", text, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clang_kept_warm_compiles_each_source_with_its_own_name()
    {
        using var warm = BpfCompiler.KeepWarm();
        for (var cell = 1; cell <= 3; cell++)
        {
            var name = $"cell {cell}";
            var compiled = await Compile($"int f{cell}(void) {{ return {cell}; }}", Fresh with { Name = name });
            Assert.True(ObjectImage.Parse(compiled.Object, "x").Btf!.TryFind($"f{cell}", BtfKind.Function, out _));
            var error = await Refused("int broken = ;", Fresh with { Name = name });
            Assert.Equal(name, error.Diagnostics[0].File);
        }
    }

    [Fact]
    public async Task A_source_file_that_is_not_there_is_named() => Assert.Contains(
        "cannot read source file '/no/such.bpf.c': there is no such file",
        (await Assert.ThrowsAsync<BpfException>(() => BpfCompiler.CompileFileAsync("/no/such.bpf.c"))).Message,
        StringComparison.Ordinal);

    // 3^20 expansions of a macro.
    private static string Endless => string.Concat(Enumerable.Range(1, 20).Select(n => $"#define M{n} M{n - 1} M{n - 1} M{n - 1}\n")) + "#define M0 +1\nint x = 0 M20;\n";

    private static Task<CompiledObject> Compile(string source, CompilerOptions? options = null) => BpfCompiler.CompileAsync(source, options ?? Fresh, TestContext.Current.CancellationToken);

    private static Task<CompilationException> Refused(string source, CompilerOptions? options = null) =>
        Assert.ThrowsAsync<CompilationException>(() => Compile(source, options));
}

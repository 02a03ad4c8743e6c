using BpfInteractive.Interop;

namespace BpfInteractive.Tests.Compilation;

/// <summary>Whatever an object asks of the kernel's types, it must get the same answer from the trimmed ones as from all of them.</summary>
public sealed class BtfTrimmerTests
{
    public static TheoryData<string> Sources =>
    [
        "return BPF_CORE_READ(task, mm, exe_file, f_inode, i_ino);",
        "return BPF_CORE_READ(task, tgid) + BPF_CORE_READ(task, cred, uid.val) + BPF_CORE_READ(task, real_parent, pid);",
        "return BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork) + BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);",
        "return bpf_core_field_exists(task->mm) + 2 * bpf_core_field_exists(struct absent, field) + 4 * bpf_core_field_exists(struct task_struct___old, state);",
        "return bpf_core_type_exists(struct absent) + 2 * bpf_core_type_exists(struct task_struct) + 4 * bpf_core_type_exists(btf_trace_sched_switch);",
        "return bpf_core_type_size(struct task_struct) + bpf_core_type_size(struct vm_area_struct);",
        "return bpf_core_enum_value(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF) + bpf_core_enum_value_exists(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF);",
        "return bpf_core_field_offset(struct task_struct, comm[3]) + bpf_core_field_size(struct task_struct, comm);",
        "struct path path; BPF_CORE_READ_INTO(&path, task, fs, pwd); return (long)path.dentry;",
        "return BPF_CORE_READ(task, thread_info.flags) + BPF_CORE_READ(task, signal, rlim[3].rlim_cur) + BPF_CORE_READ(task, se.avg.load_avg);",
        "return BPF_CORE_READ(task, mm, mmap_base) + BPF_CORE_READ(task, mm, arg_start) + (long)BPF_CORE_READ(task, mm, pgd);",
        "return bpf_core_type_id_local(struct mine) + BPF_CORE_READ(task, flags);",
    ];

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Programs_are_the_same_with_trimmed_types_and_with_all(string body)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "loading programs needs root");
        var source = $$"""
            struct mine { int x; };
            struct absent { int field; } __attribute__((preserve_access_index));
            struct task_struct___old { long state; } __attribute__((preserve_access_index));
            SEC("raw_tp/sched_switch") long f(u64 *ctx) { struct task_struct *task = (void *)ctx[1]; {{body}} }
            """;
        var compiled = await BpfCompiler.CompileAsync(source, new CompilerOptions { UseCache = false }, TestContext.Current.CancellationToken);
        var trimmed = BtfTrimmer.TrimFor(compiled.Object, BtfData.Kernel);
        Assert.NotNull(trimmed);
        Assert.InRange(trimmed.Length, 24, 20_000);
        _ = BtfData.Parse(trimmed);
        Assert.Equal(Load(compiled.Object, BtfData.KernelPath), Load(compiled.Object, null));
    }

    [Fact]
    public async Task A_type_number_of_the_kernel_needs_the_whole() =>
        Assert.Null(await Trimmed("long x; SEC(\"raw_tp/x\") int f(void *ctx) { return bpf_core_type_id_kernel(struct task_struct); }"));

    [Fact]
    public async Task Nothing_is_made_for_an_object_without_relocations() =>
        Assert.Null(await Trimmed("SEC(\"raw_tp/x\") int f(void *ctx) { return 0; }"));

    [Theory]
    [InlineData("task_struct", "task_struct")]
    [InlineData("task_struct___old", "task_struct")]
    [InlineData("a___b___c", "a___b")]
    [InlineData("___x", "___x")]
    [InlineData("x____y", "x____y")]
    public void Flavours_are_told_from_names(string name, string expected) =>
        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(BtfTrimmer.EssentialName(System.Text.Encoding.UTF8.GetBytes(name))));

    private static async Task<byte[]?> Trimmed(string source)
    {
        var compiled = await BpfCompiler.CompileAsync(source, new CompilerOptions { UseCache = false }, TestContext.Current.CancellationToken);
        return BtfTrimmer.TrimFor(compiled.Object, BtfData.Kernel);
    }

    private static unsafe ulong[] Load(ReadOnlyMemory<byte> elf, string? btf)
    {
        using var opened = OpenBpfObject.Open(elf, "trim", new OpenObjectOptions { CustomBtfPath = btf });
        using var loaded = opened.Load();
        var program = loaded.Programs.Single().Pointer;
        return new ReadOnlySpan<ulong>(LibBpf.bpf_program__insns(program), (int)LibBpf.bpf_program__insn_cnt(program)).ToArray();
    }
}

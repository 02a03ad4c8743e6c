using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.BadInput;

/// <summary>Programs that libbpf or the verifier refuses.</summary>
internal static class RefusedPrograms
{
    internal static IEnumerable<BadInputCase> Cases() => [.. Verified(), .. Sections(), .. Targets(), .. Externs(), .. Bodies()];

    /// <summary>The programs of the advice's own tests: each refusal names the program and carries its advice.</summary>
    private static IEnumerable<BadInputCase> Verified() => VerifierRefusalTests.Programs.Select(row => new BadInputCase(
        $"verifier: {row.Data.Item1}",
        () => Load(VerifierRefusalTests.Map + row.Data.Item2),
        typeof(VerifierException),
        "load",
        "program 'p'",
        VerifierAdvice.OfKind(row.Data.Item1).Remedy));

    private static IEnumerable<BadInputCase> Sections()
    {
        foreach (var section in new[] { "nonsense", "tracepoints/sched/x", "kprobes", "probe/x", "raw_tp_x", "socketfilter", "xdpx", "syscalls" })
        {
            yield return new BadInputCase($"section: {section}", () => Load(Program(section)), typeof(LoadException), "load", "program 'p'", $"libbpf knows no section '{section}'");
        }
    }

    private static IEnumerable<BadInputCase> Targets()
    {
        foreach (var section in new[] { "tp_btf/no_such_thing", "iter/no_such_thing", "fentry/no_such_thing", "fexit/no_such_thing", "fmod_ret/no_such_thing", "lsm/no_such_thing" })
        {
            yield return new BadInputCase($"target: {section}", () => Load(Program(section)), typeof(LoadException), "load", "program 'p'", "this kernel has no function or tracepoint 'no_such_thing' to attach to");
        }

        foreach (var section in new[] { "tp_btf", "iter", "fentry", "fexit", "lsm" })
        {
            yield return new BadInputCase($"target: none for {section}", () => Load(Program(section)), typeof(LoadException), "load", "program 'p'", "its section names no attach target");
        }

        foreach (var section in new[] { "tp_btf", "iter", "fentry", "lsm" })
        {
            yield return new BadInputCase($"target: a wrong one set for {section}", () => SetTarget(section), typeof(LoadException), "set the attach target of", "program 'p'", "this kernel has no 'nothing_at_all'");
        }
    }

    private static IEnumerable<BadInputCase> Externs() =>
    [
        Object("a function that no kernel has", "extern int bpf_no_such_kfunc(int) __ksym; SEC(\"syscall\") int p(void *c) { return bpf_no_such_kfunc(1); }", "this kernel has no function 'bpf_no_such_kfunc'", "__weak"),
        Object("a function with other arguments", "extern int bpf_task_from_pid(long a, long b) __ksym; SEC(\"syscall\") int p(void *c) { return bpf_task_from_pid(1, 2); }", "takes other arguments"),
        Object("a variable that no kernel has", "extern const int no_such_variable __ksym; SEC(\"syscall\") int p(void *c) { return no_such_variable; }", "this kernel has no variable 'no_such_variable'"),
        Object("a symbol that no kernel has", "extern const void no_such_symbol __ksym; SEC(\"syscall\") int p(void *c) { return (long)&no_such_symbol; }", "this kernel has no symbol 'no_such_symbol'"),
        Object("a configuration that no kernel has", "extern int CONFIG_NO_SUCH_THING __kconfig; SEC(\"syscall\") int p(void *c) { return CONFIG_NO_SUCH_THING; }", "configuration does not set CONFIG_NO_SUCH_THING"),
    ];

    private static IEnumerable<BadInputCase> Bodies() =>
    [
        new("body: a static program", () => TestObjects.Open("SEC(\"syscall\") __attribute__((used)) static int p(void *c) { return 0; }").Dispose(), typeof(LoadException), "open", "object 'test'", "program 'p' is declared static"),
        new("body: an undefined function", () => TestObjects.Open("extern int elsewhere(void); SEC(\"syscall\") int p(void *c) { return elsewhere(); }").Dispose(), typeof(LoadException), "open", "object 'test'", "'elsewhere'"),
        new("custom BTF: missing", () => LoadWith("/nonexistent.btf"), typeof(LoadException), "load", "object 'test'", "the custom BTF cannot be read"),
        new("custom BTF: no BTF", () => LoadWith("/etc/passwd"), typeof(LoadException), "load", "object 'test'", "the custom BTF cannot be read"),
    ];

    private static string Program(string section) => $"SEC(\"{section}\") int p(void *ctx) {{ return 0; }}";

    private static BadInputCase Object(string name, string source, params string[] words) =>
        new($"extern: {name}", () => Load(source), typeof(LoadException), "load", "object 'test'", words);

    private static void Load(string source)
    {
        using var open = TestObjects.Open(source);
        open.Load().Dispose();
    }

    private static void SetTarget(string section)
    {
        using var open = TestObjects.Open(Program(section));
        open.Programs["p"].SetAttachTarget("nothing_at_all");
    }

    private static void LoadWith(string btf)
    {
        const string Source = """
            struct task_struct { int pid; } __attribute__((preserve_access_index));
            SEC("raw_tp/sched_switch") int p(__u64 *ctx) { int v; bpf_probe_read_kernel(&v, 4, &((struct task_struct *)ctx[2])->pid); return v; }
            """;
        using var open = OpenBpfObject.Open(TestObjects.Compile(Source), "test", new OpenObjectOptions { CustomBtfPath = btf });
        open.Load().Dispose();
    }
}

namespace BpfInteractive.Tests.Objects;

/// <summary>Real programs that the real verifier refuses, one for each kind of advice.</summary>
public sealed class VerifierRefusalTests
{
    internal const string Map = """
        struct value { __u64 a; __u64 b[8]; };
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, __u32); __type(value, struct value); } map SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
        const volatile __u64 constant = 1;

        """;

    /// <summary>Kind, marked source line (the text after //!), program.</summary>
    public static TheoryData<string, string> Programs => new()
    {
        {
            "null-check",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u32 k = 0; struct value *v = bpf_map_lookup_elem(&map, &k);
            v->a = 1; //!
            return 0; }
            """
        },
        {
            "map-pointer",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u64 *m = (void *)&map;
            m[2] = 1; //!
            return 0; }
            """
        },
        {
            "core-missing",
            """
            struct task_struct { int no_such_field; } __attribute__((preserve_access_index));
            SEC("tp_btf/sched_switch") int p(__u64 *ctx) { struct task_struct *t = (void *)ctx[2]; bpf_ktime_get_ns();
            return __builtin_preserve_access_index(t->no_such_field); //!
            }
            """
        },
        {
            "kfunc-not-allowed",
            """
            struct task_struct { int pid; } __attribute__((preserve_access_index)); extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym; extern void bpf_task_release(struct task_struct *t) __ksym;
            SEC("socket") int p(void *ctx) {
            struct task_struct *t = bpf_task_from_pid(1); //!
            if (t) bpf_task_release(t); return 0; }
            """
        },
        {
            "sleepable",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { char b[8];
            bpf_copy_from_user(b, 8, (void *)1); //!
            return 0; }
            """
        },
        {
            "helper-not-allowed",
            """
            SEC("socket") int p(void *ctx) {
            return bpf_get_stack(ctx, 0, 0, 0); //!
            }
            """
        },
        {
            "reference-leak",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u64 *r = bpf_ringbuf_reserve(&ring, 8, 0); if (!r) return 0;
            *r = 1; return 0; } //!
            """
        },
        {
            "packet-bounds",
            """
            SEC("xdp") int p(struct xdp_md *ctx) { unsigned char *d = (void *)(long)ctx->data;
            return d[0]; //!
            }
            """
        },
        {
            "negative-size",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { char b[16]; long n = (long)bpf_ktime_get_ns(); if (n > 16) return 0;
            bpf_probe_read_kernel(b, n, (void *)1); //!
            return b[0]; }
            """
        },
        {
            "unbounded",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u32 k = 0; struct value *v = bpf_map_lookup_elem(&map, &k); if (!v) return 0;
            __u32 i = bpf_get_prandom_u32();
            v->b[i] = 1; //!
            return 0; }
            """
        },
        {
            "map-value-bounds",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u32 k = 0; struct value *v = bpf_map_lookup_elem(&map, &k); if (!v) return 0;
            ((__u64 *)v)[20] = 1; //!
            return 0; }
            """
        },
        {
            "memory-bounds",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u64 *r = bpf_ringbuf_reserve(&ring, 8, 0); if (!r) return 0;
            r[2] = 1; //!
            bpf_ringbuf_submit(r, 0); return 0; }
            """
        },
        {
            "stack-bounds",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { char b[16] = {}; __u32 i = bpf_get_prandom_u32() & 63;
            *(volatile char *)(b + i) = 1; //!
            return b[0]; }
            """
        },
        {
            "uninitialised",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { long r;
            asm volatile("%0 = r7" : "=r"(r)); //!
            return r; }
            """
        },
        {
            "stack-size",
            """
            static __attribute__((noinline)) int inner(int x) { volatile char b[400]; b[x & 255] = 1; return b[1]; }
            SEC("xdp") int p(void *ctx) { volatile char b[300]; b[bpf_get_prandom_u32() & 255] = 1; return inner(b[2]); }
            """
        },
        {
            "complexity",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u64 s = 0; for (int i = 0; i < 200000; i++) { if (bpf_get_prandom_u32() & 1) s += i; else s ^= i * 3; } return s; } //!
            """
        },
        {
            "infinite-loop",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) {
            for (;;) asm volatile(""); //!
            return 0; }
            """
        },
        {
            "return-value",
            """
            SEC("cgroup/dev") int p(void *ctx) {
            return 7; //!
            }
            """
        },
        {
            "untrusted-pointer",
            """
            struct task_struct { struct task_struct *real_parent; } __attribute__((preserve_access_index)); extern void bpf_task_release(struct task_struct *t) __ksym;
            SEC("tp_btf/sched_switch") int p(__u64 *ctx) { struct task_struct *t = (void *)ctx[2];
            bpf_task_release(t); //!
            return 0; }
            """
        },
        {
            "read-only",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) {
            *(volatile __u64 *)&constant = 2; //!
            return 0; }
            """
        },
        {
            "context-access",
            """
            SEC("raw_tp/sched_switch") int p(__u64 *ctx) {
            return ctx[99]; //!
            }
            """
        },
        {
            "pointer-arithmetic",
            """
            SEC("raw_tp/sched_switch") int p(void *ctx) { __u32 k = 0; struct value *v = bpf_map_lookup_elem(&map, &k); if (!v) return 0;
            asm volatile("%0 *= 2" : "+r"(v)); //!
            return v->a; }
            """
        },
        {
            "scalar-access",
            """
            SEC("raw_tp/sched_switch") int p(__u64 *ctx) { __u64 *t = (void *)ctx[2];
            return t[1]; //!
            }
            """
        },
        {
            "iterator-leak",
            """
            struct bpf_iter_num { __u64 o; } __attribute__((aligned(8))); extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym; extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
            SEC("raw_tp/sched_switch") int p(void *ctx) { struct bpf_iter_num it;
            bpf_iter_num_next(&it); //!
            return 0; }
            """
        },
    };

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_refusal_is_explained_at_its_line(string kind, string program)
    {
        using var open = TestObjects.Open(Map + program);
        var error = Assert.Throws<VerifierException>(open.Load);

        TestContext.Current.SendDiagnosticMessage("{0}", error.Message);
        Assert.Equal("p", error.Program);
        Assert.NotEmpty(error.Log);
        Assert.Equal(kind, VerifierAdvice.For(error.Summary)?.Kind);
        Assert.Contains(error.Explanation!, error.Message, StringComparison.Ordinal);
        Assert.Equal(MarkedLine(program), error.Location?.Text.Trim());
    }

    [Fact]
    public void A_GPL_only_helper_is_refused_to_other_licences()
    {
        using var open = TestObjects.OpenWithoutLicense(
            """
            char _license[] SEC("license") = "Proprietary";
            SEC("raw_tp/sched_switch") int p(void *ctx) { char b[8]; return bpf_probe_read_kernel(b, 8, ctx); }
            """);
        var error = Assert.Throws<VerifierException>(open.Load);
        Assert.Contains("GPL", error.Summary, StringComparison.Ordinal);
        Assert.Equal("gpl-only", VerifierAdvice.For(error.Summary)?.Kind);
    }

    [Fact]
    public async Task The_log_of_an_accepted_program_is_kept_when_asked_for()
    {
        using var open = TestObjects.Open(TestObjects.Sample);
        open.LogLevel = 2;
        await using var obj = open.Load();
        Assert.Contains("processed", obj.Programs["add"].VerifierLog, StringComparison.Ordinal);
        Assert.NotEqual(obj.Programs["add"].VerifierLog, obj.Programs["on_switch"].VerifierLog);
    }

    [Fact]
    public async Task Parallel_loads_keep_their_own_logs()
    {
        var rows = Programs.Where(row => row.Data.Item1 is "null-check" or "read-only" or "context-access" or "return-value").Select(row => row.Data).ToArray();
        await Parallel.ForAsync(0, 40, (i, _) =>
        {
            var (kind, program) = rows[i % rows.Length];
            using var open = TestObjects.Open(Map + program);
            var error = Assert.Throws<VerifierException>(open.Load);
            Assert.Equal(kind, VerifierAdvice.For(error.Summary)?.Kind);
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void Every_kind_of_advice_is_provoked() =>
        Assert.Empty(VerifierAdvice.Kinds.Except(Programs.Select(row => row.Data.Item1)).Except(["gpl-only"]));

    private static string? MarkedLine(string program) =>
        program.Split('\n').FirstOrDefault(line => line.Contains("//!", StringComparison.Ordinal))?.Trim();
}

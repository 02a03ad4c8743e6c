namespace BpfInteractive.Tests.Objects;

/// <summary>Logs written by hand in the formats of other kernels, not captured from them; the 7.3 one stands on its headings alone.</summary>
public sealed class VerifierLogTests
{
    /// <summary>Linux 5.15: source lines without their place, the register's state behind the instruction.</summary>
    private const string Old = """
        Unrecognized arg#0 type PTR
        ; int on_open(struct trace_event_raw_sys_enter *ctx)
        0: (b7) r1 = 0
        ; u32 k = 0;
        1: (63) *(u32 *)(r10 -4) = r1
        2: (bf) r2 = r10
        3: (07) r2 += -4
        ; struct value *v = bpf_map_lookup_elem(&map, &k);
        4: (18) r1 = 0xffff9d2dc5a3a400
        6: (85) call bpf_map_lookup_elem#1
        7: (b7) r1 = 1
        ; v->a = 1;
        8: (7b) *(u64 *)(r0 +0) = r1
         R0_w=map_value_or_null(id=1,off=0,ks=4,vs=72,imm=0) R1_w=inv1 R10=fp0 fp-8=mmmm????
        R0 invalid mem access 'map_value_or_null'
        processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

        """;

    /// <summary>Linux 6.12: the place behind the source line, precision tracking in between.</summary>
    private const string Recent = """
        0: R1=ctx() R10=fp0
        ; u32 i = bpf_get_prandom_u32(); @ opens.bpf.c:21
        0: (85) call bpf_get_prandom_u32#7    ; R0_w=scalar()
        ; v->b[i] = 1; @ opens.bpf.c:22
        11: (67) r6 <<= 3                     ; R6_w=scalar(smin=0,smax=umax=0x7fffffff8,smax32=0x7ffffff8)
        12: (0f) r0 += r6
        mark_precise: frame0: last_idx 12 first_idx 9 subseq_idx -1
        mark_precise: frame0: regs=r6 stack= before 11: (67) r6 <<= 3
        13: (7b) *(u64 *)(r0 +8) = r1
        R0 unbounded memory access, make sure to bounds check any such access
        verification time 301 usec
        stack depth 8
        processed 14 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 1

        """;

    /// <summary>The headings of Linux 7.3 (patch series "Redesign Verification Errors"), after the register trace.</summary>
    private const string Structured = """
        0: R1=ctx() R10=fp0
        ; v->a = 1; @ opens.bpf.c:9
        7: (7b) *(u64 *)(r0 +0) = r1

        Reason: R0 invalid mem access 'map_value_or_null'

        At: opens.bpf.c:9, insn 7
          >>> 9 | v->a = 1;

        Causal path:
          insn 5: R0 = bpf_map_lookup_elem() @ opens.bpf.c:8
          insn 7: *(u64 *)(R0 + 0) = R1 @ opens.bpf.c:9

        Suggestion: check that the pointer is not NULL before
          it is dereferenced

        processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0

        """;

    [Fact]
    public void The_last_words_and_line_of_an_old_log_are_found()
    {
        var report = VerifierReport.Parse(Old);
        Assert.Equal("R0 invalid mem access 'map_value_or_null'", report.Summary);
        Assert.Equal((8, null, "v->a = 1;"), (report.Instruction, report.QuotedFile, report.QuotedText));
        Assert.Equal("null-check", VerifierAdvice.For(report.Summary)?.Kind);
    }

    [Fact]
    public void The_place_of_a_recent_log_is_read()
    {
        var report = VerifierReport.Parse(Recent);
        Assert.Equal("R0 unbounded memory access, make sure to bounds check any such access", report.Summary);
        Assert.Equal((13, "opens.bpf.c", 22, "v->b[i] = 1;"), (report.Instruction, report.QuotedFile, report.QuotedLine, report.QuotedText));
    }

    [Fact]
    public void The_parts_of_a_structured_log_are_read()
    {
        var report = VerifierReport.Parse(Structured);
        Assert.Equal("R0 invalid mem access 'map_value_or_null'", report.Summary);
        Assert.Equal((7, "opens.bpf.c", 9, "v->a = 1;"), (report.Instruction, report.QuotedFile, report.QuotedLine, report.QuotedText));
        Assert.Equal(2, report.CausalPath.Count);
        Assert.StartsWith("insn 5:", report.CausalPath[0], StringComparison.Ordinal);
        Assert.Equal("check that the pointer is not NULL before it is dereferenced", report.Suggestion);
    }

    [Fact]
    public void A_line_of_an_old_log_is_found_in_the_object()
    {
        var image = ObjectImage.Parse(
            TestObjects.Compile("SEC(\"raw_tp/sched_switch\") int p(void *ctx)\n{\n\tlong t = bpf_ktime_get_ns();\n\treturn t & 1;\n}"), "object 'x'");
        var location = image.Sources.FindText("raw_tp/sched_switch", "long t = bpf_ktime_get_ns();");
        Assert.Equal((6, 11), (location!.Line, location.Column));
    }

    [Fact]
    public void Logs_without_sense_do_no_harm()
    {
        Assert.Equal("", VerifierReport.Parse("").Summary);
        Assert.Equal("x", VerifierReport.Parse("x").Summary);
        Assert.Equal("", VerifierReport.Parse("processed 1 insns\n\n").Summary);
        Assert.Equal("", VerifierReport.Parse("Reason:").Summary);
    }

    [Theory]
    [InlineData("R1 type=scalar expected=fp, pkt, map_value", "untrusted-pointer")]
    [InlineData("back-edge from insn 14 to 3", "infinite-loop")]
    [InlineData("BPF program is too large. Processed 1000001 insn", "complexity")]
    [InlineData("cannot call GPL-restricted function from non-GPL compatible program", "gpl-only")]
    [InlineData("R2 pointer comparison prohibited", "pointer-arithmetic")]
    [InlineData("combined stack size of 2 calls is 544. Too large", "stack-size")]
    [InlineData("calling kernel function bpf_foo is not allowed", "kfunc-not-allowed")]
    [InlineData("invalid indirect read from stack R2 off -24+4 size 16", "stack-bounds")]
    public void Words_of_other_versions_are_known(string words, string kind) => Assert.Equal(kind, VerifierAdvice.For(words)?.Kind);
}

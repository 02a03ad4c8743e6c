using BpfInteractive.Tests.Objects;

namespace BpfInteractive.Tests.Links;

/// <summary>Static probes of a program of our own, whose note is written by hand so that no sys/sdt.h is needed.</summary>
public sealed class UsdtAttachTests
{
    private const string Target = """
        #include <unistd.h>
        __attribute__((noinline)) static void tick(int number)
        {
            __asm__ volatile("990: nop\n"
                ".pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n.4byte 992f-991f, 994f-993f, 3\n"
                "991: .asciz \"stapsdt\"\n992: .balign 4\n993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte 0\n"
                ".asciz \"bpfi\"\n.asciz \"tick\"\n.asciz \"-4@%k0\"\n994: .balign 4\n.popsection\n"
                ".ifndef _.stapsdt.base\n.pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
                ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n.size _.stapsdt.base, 1\n.popsection\n.endif\n"
                : : "r"(number));
        }
        int main(void)
        {
            char line;
            for (int number = 5; read(0, &line, 1) == 1; number++) { tick(number); write(1, "t\n", 2); }
            return 0;
        }
        """;

    private const string Program = """
        #include <stdbool.h>
        #include <linux/ptrace.h>
        #include <bpf/bpf_tracing.h>
        #include <bpf/usdt.bpf.h>
        __u64 count;
        SEC("usdt") int BPF_USDT(probe, int number) { count += number; return 0; }
        """;

    [Fact, Guest]
    public async Task A_static_probe_gives_its_argument()
    {
        Require.Root();
        Require.Tool(Machine.Clang);
        Assert.SkipUnless(Features.Has("usdt"), Features.Probe("usdt").ToString());
        using var folder = new TemporaryFolder();
        folder.Write("tick.c", Target);
        var path = Path.Combine(folder.FullName, "tick");
        var (status, _, errors) = await TestProcess.RunAsync(Machine.Clang, ["-O1", "-o", path, Path.Combine(folder.FullName, "tick.c")]);
        Assert.True(status == 0, errors);

        await using var loaded = TestObjects.Open(Program).Load();
        using var target = TestProcess.Start(path);
        var link = loaded.Programs["probe"].AttachUsdt(path, "bpfi", "tick", target.Pid);
        Assert.Equal(LinkKind.Usdt, link.Kind);
        target.WriteLine("x"); // two characters: 5 and 6
        await target.WaitForOutputAsync("t\nt\n");
        Assert.Equal(11UL, LinkSource.Count(loaded));

        await link.DisposeAsync();
        target.WriteLine("x");
        await target.WaitForOutputAsync("t\nt\nt\nt\n");
        Assert.Equal(11UL, LinkSource.Count(loaded));

        var error = Assert.Throws<BpfException>(() => loaded.Programs["probe"].AttachUsdt(path, "bpfi", "tock"));
        Assert.Contains("has no probe bpfi:tock", error.Message, StringComparison.Ordinal);
    }
}

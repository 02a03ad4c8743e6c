using System.Collections.Concurrent;
using System.Diagnostics;

namespace BpfInteractive.Tests.Objects;

/// <summary>Object files for tests, compiled by clang from C once per text.</summary>
internal static class TestObjects
{
    private const string Headers = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>

        """;

    private const string License = """
        char _license[] SEC("license") = "GPL";

        """;

    private static readonly ConcurrentDictionary<string, byte[]> Compiled = new();

    /// <summary>A ring buffer, a hash, globals and two programs.</summary>
    internal const string Sample = """
        struct event { __u32 pid; char comm[16]; };
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 16); } events SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, __u64); } counts SEC(".maps");
        const volatile __u32 target_pid = 0;
        __u64 samples = 0;
        __u32 seed = 7;
        SEC("raw_tp/sched_switch") int on_switch(void *ctx) { samples++; return target_pid; }
        SEC("syscall") int add(struct { __u64 a, b, sum; } *args) { args->sum = args->a + args->b + seed; return 3; }
        """;

    /// <summary>The object of a C text; bpf.h, bpf_helpers.h and a GPL licence stand before it.</summary>
    internal static byte[] Compile(string source) => CompileWithoutLicense(License + source);

    /// <summary>The object of a C text that brings a licence of its own, or none.</summary>
    internal static byte[] CompileWithoutLicense(string source) => Compiled.GetOrAdd(source, static text => RunClang(Headers + text));

    internal static OpenBpfObject OpenWithoutLicense(string source) => OpenBpfObject.Open(CompileWithoutLicense(source), "test");

    internal static OpenBpfObject Open(string source, string name = "test") => OpenBpfObject.Open(Compile(source), name);

    private static byte[] RunClang(string source)
    {
        // A file and not a pipe: clang keeps the text of the lines only of what it can read again. Its name is relative, so that the object
        // is the same wherever temporary files lie.
        var folder = Directory.CreateTempSubdirectory("bpfi-test-");
        const string input = "source.bpf.c";
        var output = Path.Combine(folder.FullName, "source.bpf.o");
        string[] arguments = ["-g", "-O2", "-target", "bpf", "-D__TARGET_ARCH_x86", "-idirafter", "/usr/include/x86_64-linux-gnu", "-fdebug-compilation-dir=.", "-c", input, "-o", output];
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, input), source);
            var start = new ProcessStartInfo(Machine.Clang, arguments) { RedirectStandardError = true, WorkingDirectory = folder.FullName };
            using var clang = Process.Start(start)!;
            var errors = clang.StandardError.ReadToEnd();
            clang.WaitForExit();
            Assert.True(clang.ExitCode == 0, errors);
            return File.ReadAllBytes(output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

using System.Diagnostics;
using System.Globalization;

namespace BpfInteractive.Benchmarks;

/// <summary>A new program of 20 lines: from its text to attached, and the steps of that.</summary>
public sealed class CompileBenchmark : IBenchmark
{
    private const int Rounds = 15;

    private const string Source = """
        struct event { u64 ts; u32 pid; u32 tid; char comm[16]; u64 inode; s32 prio; };
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 20); } events SEC(".maps");

        SEC("raw_tp/sched_switch")
        int on_switch(u64 *ctx)
        {
            struct task_struct *next = (void *)ctx[2];
            struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
            if (!event)
                return 0;
            event->ts = bpf_ktime_get_ns();
            event->pid = BPF_CORE_READ(next, tgid);
            event->tid = BPF_CORE_READ(next, pid);
            bpf_get_current_comm(event->comm, sizeof(event->comm));
            event->inode = BPF_CORE_READ(next, mm, exe_file, f_inode, i_ino);
            event->prio = BPF_CORE_READ(next, prio);
            bpf_ringbuf_submit(event, 0);
            return 0;
        }
        """;

    private static readonly CompilerOptions NoCache = new() { UseCache = false };

    public string Name => "compile";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        using var plain = new PlainWay();
        var warm = await MeasureAsync(plain, isWarm: true, cancellationToken);
        var cold = await MeasureAsync(plain, isWarm: false, cancellationToken);
        var cached = await Cached(cancellationToken);
        const string peer = "bpftool's vmlinux.h, clang, libbpf's load";
        return
        [
            new("a new 20-line program, text to attached, in a warm session", peer, Median(warm, time => time.Compile + time.Load), Median(warm, time => time.PlainCompile + time.PlainLoad), "ms", 1 / 5d, 1 / 12d),
            new("a new 20-line program, text to attached", peer, Median(cold, time => time.Compile + time.Load), Median(cold, time => time.PlainCompile + time.PlainLoad), "ms", 1 / 5d, 1 / 12d),
            new("... text to object", "clang with bpftool's vmlinux.h", Median(cold, time => time.Compile), Median(cold, time => time.PlainCompile), "ms"),
            new("load and attach, warm", "libbpf with all of the kernel's BTF", Median(cold, time => time.Load), Median(cold, time => time.PlainLoad), "ms", 1 / 10d, 1 / 20d),
            Comparison.Alone("unchanged text to object", cached, "ms", 5, 5),
        ];
    }

    /// <summary>Ours and the plain way in turns. Warm: the next clang gets ready meanwhile, as it does while a person types.</summary>
    private static async Task<List<(double Compile, double PlainCompile, double Load, double PlainLoad)>> MeasureAsync(PlainWay plain, bool isWarm, CancellationToken cancellationToken)
    {
        using var kept = isWarm ? BpfCompiler.KeepWarm() : null;
        var times = new List<(double Compile, double PlainCompile, double Load, double PlainLoad)>();
        for (var round = -3; round < Rounds; round++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{Source}\n// {round} {Environment.TickCount64}\n");
            var start = Stopwatch.GetTimestamp();
            var compiled = await BpfCompiler.CompileAsync(text, NoCache, cancellationToken);
            var compile = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
            var image = plain.Compile(text);
            var plainCompile = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            var load = await LoadAndAttach(compiled.Object, null);
            var plainLoad = await LoadAndAttach(image, BtfData.KernelPath);
            if (round >= 0)
            {
                times.Add((compile, plainCompile, load, plainLoad));
            }
        }

        return times;
    }

    private static double Median<T>(List<T> times, Func<T, double> part) => Measure.Median(times.Select(part));

    private static async Task<double> Cached(CancellationToken cancellationToken)
    {
        await BpfCompiler.CompileAsync(Source, null, cancellationToken);
        return await Measure.MillisecondsAsync(31, () => BpfCompiler.CompileAsync(Source, null, cancellationToken));
    }

    /// <summary>Milliseconds until attached; what follows is not counted. Both go through libbpf's load, with the types it is told to use.</summary>
    private static async Task<double> LoadAndAttach(ReadOnlyMemory<byte> image, string? btf)
    {
        var start = Stopwatch.GetTimestamp();
        using var opened = OpenBpfObject.Open(image, "bench", new OpenObjectOptions { CustomBtfPath = btf });
        var loaded = opened.Load();
        loaded.Attach();
        var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        await loaded.DisposeAsync();
        return time;
    }

    /// <summary>What one does without this library: a vmlinux.h made once by bpftool, then clang as a process.</summary>
    private sealed class PlainWay : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("bpfi-bench-plain-").FullName;

        internal PlainWay() => File.WriteAllText(Path.Combine(_folder, "vmlinux.h"), NativePeer.Run("bpftool", "btf", "dump", "file", BtfData.KernelPath, "format", "c"));

        public void Dispose() => Directory.Delete(_folder, recursive: true);

        internal byte[] Compile(string text)
        {
            const string head = "#include \"vmlinux.h\"\n#include <bpf/bpf_helpers.h>\n#include <bpf/bpf_core_read.h>\n#include <bpf/bpf_tracing.h>\nchar L[] SEC(\"license\") = \"GPL\";\n";
            File.WriteAllText(Path.Combine(_folder, "x.bpf.c"), head + text);
            NativePeer.Run(Clang.Find().Path, "-target", "bpf", "-O2", "-g", "-D__TARGET_ARCH_x86", "-c", Path.Combine(_folder, "x.bpf.c"), "-o", Path.Combine(_folder, "x.o"));
            return File.ReadAllBytes(Path.Combine(_folder, "x.o"));
        }
    }
}

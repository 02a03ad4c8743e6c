using System.Diagnostics;
using System.Globalization;
using BpfInteractive.Analysis;

namespace BpfInteractive.Benchmarks.Sampling;

/// <summary>
/// <c>bpfi profile --unwind cfi</c> beside <c>perf record --call-graph dwarf</c>, in turns, of programs as the distribution ships them, without frame pointers: the time on
/// the CPUs, the bytes saved, and the share of stacks that go back to main or to where a thread begins. perf unwinds only when its file is read, so its time is also given with that of
/// <c>perf script</c>; ours has unwound and named when it ends. perf's work in the interrupt is on nobody's account and is left out.
/// </summary>
internal sealed class StacksBenchmark : IBenchmark
{
    private const int Pairs = 5;

    // Short jobs two at a time, all of them children of the shell that is sampled: so both profilers see the same.
    private const string Load = """
        seq 1 300000 | sort -R >"$1/lines"; touch "$1/ready"
        while :; do
            sort "$1/lines" >/dev/null & python3 -c 'import json
        for i in range(400): json.loads(json.dumps([{"a": j} for j in range(300)]))' & wait
            gzip -c "$1/lines" >/dev/null & openssl speed -seconds 1 rsa2048 >/dev/null 2>&1 & wait
        done
        """;

    // The first frames of a whole stack, as any of the two names them. Debian's programs have no name of their own for main, but the C library's frame above it has one.
    private const int RootFrames = 4;
    private static readonly string[] s_roots = ["main", "_start", "__libc_start", "clone", "start_thread"];

    public string Name => "stacks";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        using var counting = BpfStatistics.Enable();
        var folder = Directory.CreateTempSubdirectory("bpfi-bench-");
        try
        {
            using var load = Process.Start("setsid", ["bash", "-c", Load, "load", folder.FullName])!;
            try
            {
                while (!File.Exists(Path.Combine(folder.FullName, "ready")))
                {
                    await Task.Delay(50, cancellationToken);
                }

                return
                [
                    .. await CompareAsync(load.Id, 99, 20, folder.FullName, cancellationToken),
                    .. await CompareAsync(load.Id, 999, 8, folder.FullName, cancellationToken),
                ];
            }
            finally
            {
                // setsid made it a group of its own.
                NativePeer.Run("kill", "--", $"-{load.Id}");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<Comparison>> CompareAsync(int load, int frequency, int seconds, string folder, CancellationToken token)
    {
        var (ours, theirs) = (Path.Combine(folder, "capture.parquet"), Path.Combine(folder, "perf.data"));
        string[] which = ["-F", Text(frequency), "-p", Text(load)];
        var pairs = new List<(Run Ours, Run Peer)>();
        for (var pair = 0; pair < Pairs; pair++)
        {
            var recorded = await MeteredProcess.RunAsync("perf", ["record", "-q", "--call-graph", "dwarf", "-e", "cpu-clock", .. which, "-o", theirs, "--", "sleep", Text(seconds)], token);
            var read = await MeteredProcess.RunAsync("perf", Script(theirs), token);
            var peer = new Run(recorded, recorded.TotalMs + read.TotalMs, new FileInfo(theirs).Length, WholeOfPerf(theirs));
            var cost = await MeteredProcess.RunAsync(BuiltTool.Program, ["profile", "--unwind", "cfi", "--pid", Text(load), "--frequency", Text(frequency), "--duration", Text(seconds), "-o", ours], token);
            var mine = new Run(cost, cost.TotalMs, Directory.EnumerateFiles(ours).Sum(file => new FileInfo(file).Length), WholeOfOurs(ProfileFiles.OpenProfile(ours)));
            pairs.Add((mine, peer));
            Console.Error.WriteLine($"{frequency} Hz: {mine} beside perf's {peer}");
        }

        var rate = $"{frequency} Hz, {seconds} s";
        return
        [
            Row("time on the CPUs, BPF programs' included", $"perf record --call-graph dwarf, {rate}", run => run.Cost.TotalMs, "ms", 1.0, 0.5),
            Row("time on the CPUs until stacks and names are there", $"perf record and perf script, {rate}", run => run.WithNamesMs, "ms", 1.0, 0.5),
            Row("bytes of the saved capture", $"perf record --call-graph dwarf, {rate}", run => run.SavedBytes, "bytes", 0.1, 0.1),
            Row("peak memory", $"perf record --call-graph dwarf, {rate}", run => run.Cost.PeakBytes / 1048576.0, "MiB"),
            Row("stacks that do not reach main or a thread's start", $"perf script, {rate}", run => 100 * (1 - run.Stacks.Share), "%", 1.0, 0.5),
            Row("stacks seen", $"perf script, {rate}", run => run.Stacks.All, "stacks"),
            Comparison.Alone($"{rate}: time in BPF programs", Measure.Median(pairs.Select(pair => pair.Ours.Cost.BpfMs)), "ms"),
        ];

        // The medians of each; where all of the peer's are whole there is no ratio to speak of.
        Comparison Row(string what, string against, Func<Run, double> figure, string unit, double must = double.NaN, double aim = double.NaN) =>
            new(what, against, Measure.Median(pairs.Select(pair => figure(pair.Ours))), Measure.Median(pairs.Select(pair => figure(pair.Peer))), unit, must, aim);
    }

    private static Whole WholeOfOurs(Profile profile)
    {
        var stacks = profile.StackColumns();
        var texts = stacks.Text("stack");
        var samples = stacks.Values<long>("samples");
        var whole = default(Whole);
        for (var row = 0; row < stacks.RowCount; row++)
        {
            whole += Of([.. texts[row]!.Split(';').Where(frame => frame.Length > 0 && !frame.EndsWith("_[k]", StringComparison.Ordinal)).Take(RootFrames)], samples[row]);
        }

        return whole;
    }

    /// <summary>A sample is a line with the process's name, then a frame a line from the leaf on, then an empty line.</summary>
    private static Whole WholeOfPerf(string path)
    {
        var whole = default(Whole);
        var frames = new List<string>();
        foreach (var line in NativePeer.Run("perf", Script(path)).Split('\n'))
        {
            if (line.Length > 0 && char.IsWhiteSpace(line[0]))
            {
                // "  55d0c4a1 name": the kernel's addresses have their highest bit set; a frame at -1 is how perf shows that it lost the way.
                var words = line.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                if (words.Length == 2 && !(words[0].Length == 16 && words[0][0] >= '8'))
                {
                    frames.Add(words[1]);
                }
            }
            else if (line.Length == 0)
            {
                whole += Of([.. frames.TakeLast(RootFrames)], 1);
                frames.Clear();
            }
        }

        return whole;
    }

    private static string[] Script(string path) => ["script", "-i", path, "--no-inline", "-F", "comm,ip,sym"];

    private static Whole Of(IReadOnlyList<string> rootFrames, long samples) => rootFrames.Count == 0
        ? default
        : new(samples, rootFrames.Any(frame => s_roots.Any(root => frame.StartsWith(root, StringComparison.Ordinal))) ? samples : 0);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>User stacks, and those of them that go back to where their thread began.</summary>
    private readonly record struct Whole(long All, long AtRoot)
    {
        internal double Share => All == 0 ? double.NaN : (double)AtRoot / All;

        public static Whole operator +(Whole one, Whole other) => new(one.All + other.All, one.AtRoot + other.AtRoot);
    }

    private sealed record Run(ProcessCost Cost, double WithNamesMs, long SavedBytes, Whole Stacks)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Cost.UserMs:F0} ms user, {Cost.SystemMs:F0} ms system, {Cost.BpfMs:F0} ms BPF, {WithNamesMs:F0} ms with names, {SavedBytes:N0} bytes, {Cost.PeakBytes >> 20} MiB, {Stacks.AtRoot:N0} of {Stacks.All:N0} stacks whole");
    }
}

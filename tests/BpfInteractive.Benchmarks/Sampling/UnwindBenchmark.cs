using System.Diagnostics;
using System.Globalization;
using BpfInteractive.Tests.Stacks.Unwinding;

namespace BpfInteractive.Benchmarks.Sampling;

/// <summary>
/// The unwinder by itself, on moments of real programs (registers and stack, taken by ptrace): the median time of a stack when all is warm, and the time from a file that was never seen to
/// the first frame that it is asked for. Aims: 5 us and 5 ms.
/// </summary>
internal sealed class UnwindBenchmark : IBenchmark
{
    private const int Moments = 400;
    private const int Rounds = 50;

    private static readonly (string Name, string[] Command)[] s_programs =
    [
        ("sort", ["sh", "-c", "seq 1 3000000 | sort -R --parallel=1 | sort --parallel=1 -k1,1r >/dev/null"]),
        ("python3", ["python3", "-c", "import json\nwhile True: json.loads(json.dumps([{'a': j, 'b': [str(j)] * 5} for j in range(300)]))"]),
        ("node", ["node", "-e", "const f = n => n < 2 ? n : f(n - 1) + f(n - 2); for (;;) { f(18); JSON.parse(JSON.stringify(Array.from({ length: 300 }, (_, j) => ({ a: j })))); }"]),
    ];

    public string Name => "unwind";

    public Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        var rows = new List<Comparison>();
        foreach (var (name, command) in s_programs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows.AddRange(Measured(name, command));
        }

        return Task.FromResult<IReadOnlyList<Comparison>>(rows);
    }

    private static IEnumerable<Comparison> Measured(string name, string[] command)
    {
        // By a shell of its own, in a group of its own: .NET looks after its children by waitpid, which would take the stops of a traced one away.
        using var shell = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", "\"$@\" & wait", "sh", .. command]))!;
        try
        {
            var pid = BusyProcess(shell.Id, name);
            using var thread = TracedThread.Attach(pid, pid);
            thread.Stop();
            var mappings = ProcessMappings.Of(pid);
            var moments = new List<StackMoment>();
            while (moments.Count < Moments)
            {
                thread.Run();
                Thread.Sleep(1);
                thread.Stop();
                moments.Add(thread.Take());
            }

            var (us, frames) = Warm(mappings, moments);
            yield return Comparison.Alone($"{name}: a stack of {frames:F0} frames, warm, median", us, "us", 10, 5);
            var own = File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: true)!.FullName;
            yield return Comparison.Alone($"{name}: its first frame, the file never seen", Cold(own, UnwindTables.ReadHeld), "ms", 10, 5);
            yield return Comparison.Alone($"{name}: the same, its tables read at once", Cold(own, (file, architecture, _) => UnwindTables.Read(file, architecture)), "ms");
        }
        finally
        {
            NativePeer.Run("kill", "-KILL", "--", $"-{shell.Id}");
        }
    }

    private static (double Us, double Frames) Warm(ProcessMappings mappings, List<StackMoment> moments)
    {
        var unwinder = new StackUnwinder(UnwindArchitecture.X64);
        var frames = new UnwindFrame[500];
        var times = new long[moments.Count][];
        var depth = 0L;
        for (var at = 0; at < times.Length; at++)
        {
            times[at] = new long[Rounds];
        }

        for (var round = 0; round < 2 * Rounds; round++)
        {
            for (var at = 0; at < times.Length; at++)
            {
                var from = Stopwatch.GetTimestamp();
                var result = unwinder.Unwind(mappings, moments[at].Registers, new StackCopy(moments[at].Registers[StackMoment.StackPointer], moments[at].Stack), frames);
                times[at][round % Rounds] = Stopwatch.GetTimestamp() - from;
                depth += result.Frames;
            }
        }

        var us = times.Select(own => Measure.Median(own.Select(ticks => Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds)));
        return (Measure.Median(us), (double)depth / times.Length / (2 * Rounds));
    }

    /// <summary>From opening the file to the rule for a place in its middle.</summary>
    private static double Cold(string path, Func<ElfFile, UnwindArchitecture, UnwindMemory?, UnwindTable> read)
    {
        ulong place;
        using (var elf = ElfFile.Open(path))
        {
            var code = elf.Segments.First(segment => segment.Kind == ElfFile.Segment.Load && segment.IsExecutable);
            place = code.Address + (code.FileSize / 2);
        }

        return Measure.Milliseconds(15, () =>
        {
            using var elf = ElfFile.Open(path);
            _ = read(elf, UnwindArchitecture.X64, null).Find(place, new CfiProgram(), out _);
        });
    }

    /// <summary>The program that was meant, some steps below the shell, once it has computed for a while.</summary>
    private static int BusyProcess(int group, string name)
    {
        for (var wait = 0; wait < 1000; wait++)
        {
            Thread.Sleep(50);
            foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
            {
                try
                {
                    var stat = File.ReadAllText(folder + "/stat");
                    var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                    var isIt = stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')] == name;
                    if (isIt && int.Parse(fields[2], CultureInfo.InvariantCulture) == group && int.Parse(fields[11], CultureInfo.InvariantCulture) > 50)
                    {
                        return int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
                    }
                }
                catch (IOException)
                {
                    // It has ended.
                }
            }
        }

        throw new InvalidOperationException($"{name} did not run");
    }
}

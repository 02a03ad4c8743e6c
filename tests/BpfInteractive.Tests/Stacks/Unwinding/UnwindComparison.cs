using System.Globalization;

namespace BpfInteractive.Tests.Stacks.Unwinding;

/// <summary>Moments of a process, unwound by ours and by libdw.</summary>
internal sealed class UnwindComparison
{
    internal int Moments { get; private set; }

    /// <summary>The same frames.</summary>
    internal int Same { get; private set; }

    /// <summary>libdw gave up with an error, and ours has its frames and more.</summary>
    internal int Longer { get; private set; }

    internal int AtRoot { get; private set; }

    internal int Frames { get; private set; }

    internal List<string> Differences { get; } = [];

    /// <summary>Some stacks that end elsewhere than at a root.</summary>
    internal List<string> Broken { get; } = [];

    internal Dictionary<UnwindEnd, int> Ends { get; } = [];

    internal double Agreement => (double)(Same + Longer) / Moments;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Moments} moments, {(double)Frames / Moments:f1} frames: same {Same}, longer {Longer}, other {Moments - Same - Longer}, at a root {AtRoot}; {string.Join(", ", Ends.Select(end => $"{end.Key} {end.Value}"))}");

    /// <summary>Stops a program again and again, each time walking some instructions on.</summary>
    /// <param name="stops">How often.</param>
    /// <param name="steps">The instructions after each stop.</param>
    /// <param name="program">The program and its arguments; it must go on until it is killed.</param>
    internal static UnwindComparison Run(int stops, int steps, params string[] program)
    {
        // By a shell of its own: .NET looks after its children by waitpid, which would take the stops of a traced child away.
        using var process = TestProcess.Start("/bin/sh", ["-c", "\"$@\" & echo $!; wait", "sh", .. program]);
        process.WaitForOutputAsync("\n").GetAwaiter().GetResult();
        var pid = int.Parse(process.Output, CultureInfo.InvariantCulture);
        Thread.Sleep(500);
        return Run(pid, BusiestThread(pid), stops, steps);
    }

    private static UnwindComparison Run(int pid, int tid, int stops, int steps)
    {
        var comparison = new UnwindComparison();
        using var thread = TracedThread.Attach(pid, tid);
        thread.Stop();
        using var truth = LibDw.Of(pid);
        var mappings = ProcessMappings.Of(pid);
        var unwinder = new StackUnwinder(UnwindArchitecture.X64);
        for (var stop = 0; stop < stops; stop++)
        {
            comparison.Compare(thread.Take(), truth, mappings, unwinder);
            for (var step = 0; step < steps; step++)
            {
                thread.Step();
                comparison.Compare(thread.Take(), truth, mappings, unwinder);
            }

            thread.Run();
            Thread.Sleep(1);
            thread.Stop();
        }

        return comparison;
    }

    private void Compare(StackMoment moment, LibDw truth, ProcessMappings mappings, StackUnwinder unwinder)
    {
        var frames = new UnwindFrame[500];
        var result = unwinder.Unwind(mappings, moment.Registers, new StackCopy(moment.Registers[StackMoment.StackPointer], moment.Stack), frames);
        var ours = frames[..result.Frames].Select(frame => frame.Address).ToArray();
        var theirs = truth.Unwind(moment);

        // libdw hands out a caller before it looks whether there is code; ours does not.
        var known = theirs.Addresses;
        while (known.Length > 1 && !mappings.TryFind(known[^1] - 1, out _))
        {
            known = known[..^1];
        }

        Moments++;
        Frames += ours.Length;
        AtRoot += result.End == UnwindEnd.Root ? 1 : 0;
        Ends[result.End] = Ends.GetValueOrDefault(result.End) + 1;
        if (result.End != UnwindEnd.Root && Broken.Count < 5)
        {
            Broken.Add($"{Text(ours)} ({result.End}, {result.Methods})");
        }

        if (ours.AsSpan().SequenceEqual(known))
        {
            Same++;
        }
        else if (!theirs.IsWhole && ours.Length > known.Length && ours.AsSpan(0, known.Length).SequenceEqual(known))
        {
            Longer++;
        }
        else if (Differences.Count < 5)
        {
            Differences.Add($"ours {Text(ours)} ({result.End}, {result.Methods}); libdw {Text(known)} ({(theirs.IsWhole ? "whole" : theirs.Error)})");
        }
    }

    private static string Text(ulong[] addresses) => string.Join(' ', addresses.Select(address => address.ToString("x", CultureInfo.InvariantCulture)));

    private static int BusiestThread(int pid) => Directory.GetDirectories($"/proc/{pid}/task")
        .MaxBy(folder => File.ReadAllText($"{folder}/stat") is var stat && stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is var fields ? int.Parse(fields[11], CultureInfo.InvariantCulture) + int.Parse(fields[12], CultureInfo.InvariantCulture) : 0)
        is { } busiest ? int.Parse(Path.GetFileName(busiest), CultureInfo.InvariantCulture) : pid;
}

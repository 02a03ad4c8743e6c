using System.Globalization;
using BpfInteractive.Scripting;

namespace BpfInteractive.Benchmarks;

/// <summary>A BPF cell of a warm session from Enter to attached: new, changed each time, and run again as it was. The goals stand where a peer would.</summary>
public sealed class CellsBenchmark : IBenchmark
{
    private const int Rounds = 15;

    /// <summary>In each source, so that the cache of compiled text has none of them from a run before.</summary>
    private static readonly int s_salt = Random.Shared.Next();

    public string Name => "cells";

    public async Task<IReadOnlyList<Comparison>> RunAsync(CancellationToken cancellationToken)
    {
        await using var session = NotebookSession.Create();
        await session.WarmUpAsync();
        var count = 0;
        var made = await Measure.MillisecondsAsync(Rounds, () => RunAsync(session, Source($"fresh{count++}", count), cancellationToken), warmup: 2);
        var changed = await Measure.MillisecondsAsync(Rounds, () => RunAsync(session, Source("same", count++), cancellationToken), warmup: 2);
        var again = await Measure.MillisecondsAsync(Rounds, () => RunAsync(session, Source("same", 0), cancellationToken), warmup: 2);
        return
        [
            new Comparison("a new 20-line cell, Enter to attached", "the goal of 120 ms", made, 120, "ms", 1, double.NaN),
            new Comparison("the same cell with another constant", "the goal of 120 ms", changed, 120, "ms", 1, double.NaN),
            new Comparison("the same cell unchanged", "the goal of 20 ms", again, 20, "ms", 1, double.NaN),
        ];
    }

    private static async Task RunAsync(CellSession session, string cell, CancellationToken cancellationToken)
    {
        var result = await session.RunAsync(cell, new NoOutput(), cancellationToken: cancellationToken);
        if (result.Error is { } error)
        {
            throw new InvalidOperationException(error.Text);
        }
    }

    private static string Source(string name, int step) => string.Create(CultureInfo.InvariantCulture, $$"""
        #!bpf --name {{name}}
        const volatile u32 target_pid;
        u64 seen;

        struct {
            __uint(type, BPF_MAP_TYPE_HASH);
            __uint(max_entries, 1024);
            __type(key, u32);
            __type(value, u64);
        } by_pid SEC(".maps");

        SEC("tracepoint/syscalls/sys_enter_getpgid")
        int on_call(void *ctx)
        {
            u32 pid = bpf_get_current_pid_tgid() >> 32;
            u64 one = {{step + 1}} + {{s_salt}}ULL, *count = bpf_map_lookup_elem(&by_pid, &pid);

            __sync_fetch_and_add(&seen, one);
            if (count)
                __sync_fetch_and_add(count, one);
            else
                bpf_map_update_elem(&by_pid, &pid, &one, BPF_ANY);
            return 0;
        }
        """);

    private sealed class NoOutput : ICellOutput
    {
        public void Write(CellStream stream, string text)
        {
        }

        public void Result(MimeBundle bundle)
        {
        }

        public void Display(MimeBundle bundle, string displayId, bool isUpdate)
        {
        }

        public void Clear(bool wait)
        {
        }

        public void Page(MimeBundle bundle)
        {
        }

        public string? ReadLine(string prompt, bool isPassword, CancellationToken cancellationToken) => null;

        public bool NeedsPlotly() => false;
    }
}

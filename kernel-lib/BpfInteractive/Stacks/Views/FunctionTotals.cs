namespace BpfInteractive;

/// <summary>What weighs on each function: on itself, and with all it called. Recursion counts once.</summary>
internal static class FunctionTotals
{
    /// <summary><c>function, module, kind, self, total, self_samples, total_samples, reason</c>; the heaviest self first.</summary>
    internal static Columns Of(Profile profile)
    {
        var groups = profile.Groups;
        var table = profile.Frames;
        var (self, total, selfSamples, totalSamples) = (new long[table.Count], new long[table.Count], new long[table.Count], new long[table.Count]);
        var lastSeenIn = new int[table.Count];
        var frames = new List<int>();
        for (var at = 0; at < groups.All.Count; at++)
        {
            var group = groups.All[at];
            groups.FramesOf(group, frames);
            foreach (var frame in frames)
            {
                if (lastSeenIn[frame] != at + 1)
                {
                    lastSeenIn[frame] = at + 1;
                    total[frame] += group.Value;
                    totalSamples[frame] += group.Samples;
                }
            }

            if (frames.Count > 0)
            {
                self[frames[^1]] += group.Value;
                selfSamples[frames[^1]] += group.Samples;
            }
        }

        var order = Enumerable.Range(0, table.Count).Where(frame => totalSamples[frame] > 0)
            .OrderByDescending(frame => self[frame]).ThenByDescending(frame => total[frame]).ThenBy(frame => table[frame].Text, StringComparer.Ordinal).ToArray();
        return new Columns(
            "functions",
            [
                .. FrameColumns.Of(table, order, "function"),
                Pick("self", self, profile.ValueFormat), Pick("total", total, profile.ValueFormat), Pick("self_samples", selfSamples), Pick("total_samples", totalSamples),
            ],
            profile.Losses);

        Column<long> Pick(string name, long[] values, ColumnFormat format = ColumnFormat.None) => new(name, [.. order.Select(frame => values[frame])], format);
    }
}

/// <summary>Frames as columns.</summary>
internal static class FrameColumns
{
    private static readonly string[] s_kinds = ["user", "kernel", "jit", "unmapped", "inlined"];

    internal static string NameOf(FrameKind kind) => s_kinds[(int)kind];

    internal static IEnumerable<Column> Of(ProfileFrames table, IReadOnlyList<int> frames, string name) =>
    [
        TextColumn.Of(name, frames.Select(frame => table[frame].Text)),
        TextColumn.Of("module", frames.Select(frame => table[frame].Module)),
        TextColumn.Of("kind", frames.Select(frame => NameOf(table[frame].Kind))),
        TextColumn.Of("reason", frames.Select(frame => table[frame].Reason == FrameReason.None ? null : FrameReasons.TextOf(table[frame].Reason))),
    ];
}

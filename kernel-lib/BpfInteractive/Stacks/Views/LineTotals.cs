using System.Runtime.InteropServices;

namespace BpfInteractive;

/// <summary>What weighs on each line of source: on itself, and with all it called. Recursion counts once.</summary>
internal static class LineTotals
{
    /// <summary><c>function, file, line, self, total, self_samples, total_samples</c> and, where wanted, <c>source</c>; the heaviest self first. Frames without lines have neither file nor line.</summary>
    internal static Columns Of(Profile profile, bool withSource)
    {
        var rows = Rows(profile);
        var order = rows.OrderByDescending(row => row.Value.Self).ThenByDescending(row => row.Value.Total).ThenBy(row => row.Key.Function, StringComparer.Ordinal).ThenBy(row => row.Key.Line).ToArray();
        var lines = new ColumnBuilder<int>("line");
        foreach (var (key, _) in order)
        {
            lines.AppendNullable(key.Line > 0 ? (int?)key.Line : null);
        }

        List<Column> columns =
        [
            TextColumn.Of("function", order.Select(row => row.Key.Function)),
            TextColumn.Of("file", order.Select(row => row.Key.File.Length > 0 ? row.Key.File : null)),
            lines.ToColumn(),
            new Column<long>("self", [.. order.Select(row => row.Value.Self)], profile.ValueFormat),
            new Column<long>("total", [.. order.Select(row => row.Value.Total)], profile.ValueFormat),
            new Column<long>("self_samples", [.. order.Select(row => row.Value.SelfSamples)]),
            new Column<long>("total_samples", [.. order.Select(row => row.Value.TotalSamples)]),
        ];
        if (withSource)
        {
            var texts = new SourceTexts();
            columns.Add(TextColumn.Of("source", order.Select(row => row.Key.Line > 0 ? texts.LineOf(row.Key.File, row.Key.Line) : null)));
        }

        return new Columns("lines", columns, profile.Losses);
    }

    private static Dictionary<SourceLine, Weight> Rows(Profile profile)
    {
        var rows = new Dictionary<SourceLine, Weight>();
        var linesOf = new SourceLine[]?[profile.Tables.Locations.RowCount];
        var callers = profile.Tables.Stacks.Values<int>("caller").ToArray();
        var locations = profile.Tables.Stacks.Values<int>("location").ToArray();
        var seen = new HashSet<SourceLine>();
        foreach (var group in profile.Groups.All)
        {
            seen.Clear();
            var isLeaf = true;
            foreach (var stack in (ReadOnlySpan<int>)[group.KernelStack, group.UserStack])
            {
                for (var at = stack; at >= 0; at = callers[at])
                {
                    foreach (var line in linesOf[locations[at]] ??= LinesOf(profile, locations[at]))
                    {
                        ref var weight = ref CollectionsMarshal.GetValueRefOrAddDefault(rows, line, out _);
                        if (isLeaf)
                        {
                            weight.Self += group.Value;
                            weight.SelfSamples += group.Samples;
                            isLeaf = false;
                        }

                        if (seen.Add(line))
                        {
                            weight.Total += group.Value;
                            weight.TotalSamples += group.Samples;
                        }
                    }
                }
            }
        }

        return rows;
    }

    private static SourceLine[] LinesOf(Profile profile, int location) =>
        profile.Names.LinesOf(location) is { Count: > 0 } lines ? [.. lines] : [new SourceLine(profile.Frames[profile.Frames.OfLocation(location)].Text, "", 0)];

    private record struct Weight(long Self, long Total, long SelfSamples, long TotalSamples);
}

/// <summary>
/// Lines of source files that are on this machine. Debug information is whoever's program it is and may name any file: only regular files are read that everybody may read,
/// or that are this user's own.
/// </summary>
internal sealed class SourceTexts
{
    private const long LargestFile = 16 << 20;
    private const int LongestLine = 160;

    private readonly Dictionary<string, string[]> _files = [];

    /// <summary>A line without the space around it; null where it cannot be had.</summary>
    internal string? LineOf(string path, int line)
    {
        if (!_files.TryGetValue(path, out var lines))
        {
            _files[path] = lines = Read(path);
        }

        var text = line <= lines.Length ? lines[line - 1].Trim() : null;
        return text is { Length: > LongestLine } ? string.Concat(text.AsSpan(0, LongestLine), "…") : text;
    }

    private static string[] Read(string path)
    {
        try
        {
            using var handle = Interop.Libc.OpenForReading(path);
            if (!path.StartsWith('/') || handle.IsInvalid || !Interop.Libc.TryStat((int)handle.DangerousGetHandle(), out var status) || !status.IsRegular || status.Size > (ulong)LargestFile
                || (!status.IsReadableByOthers && status.UserId != OwnUser))
            {
                return [];
            }

            using var reader = new StreamReader(new FileStream(handle, FileAccess.Read));
            return reader.ReadToEnd().Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Who called sudo, where somebody did.</summary>
    private static uint OwnUser { get; } =
        uint.TryParse(Environment.GetEnvironmentVariable("SUDO_UID"), out var caller) ? caller : Interop.Libc.geteuid_of_caller();
}

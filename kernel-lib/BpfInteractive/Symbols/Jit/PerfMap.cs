using System.Buffers.Text;

namespace BpfInteractive;

/// <summary>
/// The names a just-in-time compiler writes to /tmp/perf-PID.map: lines of <c>START SIZE name</c>, the numbers hexadecimal
/// (tools/perf/Documentation/jit-interface.txt). A later line takes the place of earlier ones that it overlaps, for the compiler used the
/// memory again.
/// </summary>
internal static class PerfMap
{
    /// <summary>Reads a map; lines that are no entries (a half-written last one among them) are passed over and counted.</summary>
    internal static SymbolTable Parse(byte[] text, out int damagedLines)
    {
        damagedLines = 0;
        var entries = new List<Entry>();
        var rest = text.AsSpan();
        for (var at = 0; rest.Length > 0;)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            if (end >= 0 && TryParseLine(line, out var start, out var size, out var nameAt))
            {
                rest[end] = 0; // The name ends here, as a string table's names do.
                entries.Add(new Entry(start, size, at + nameAt));
            }
            else if (line.Length > 0)
            {
                damagedLines++;
            }

            at += end < 0 ? rest.Length : end + 1;
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        return WithoutOverwritten(entries).Build(text);
    }

    private readonly record struct Entry(ulong Start, ulong Size, int Name);

    private static bool TryParseLine(ReadOnlySpan<byte> line, out ulong start, out ulong size, out int nameAt)
    {
        size = 0;
        nameAt = 0;
        if (!TryParseHex(line, out start, out var used) || used >= line.Length || line[used] != ' ')
        {
            return false;
        }

        if (!TryParseHex(line[(used + 1)..], out size, out var used2) || size == 0 || start + size < start)
        {
            return false;
        }

        nameAt = used + 1 + used2 + 1;
        return nameAt < line.Length && line[nameAt - 1] == ' ';
    }

    /// <summary>Some compilers write 0x before the number.</summary>
    private static bool TryParseHex(ReadOnlySpan<byte> text, out ulong value, out int used)
    {
        var prefix = text.StartsWith("0x"u8) ? 2 : 0;
        var parsed = Utf8Parser.TryParse(text[prefix..], out value, out used, 'x');
        used += prefix;
        return parsed;
    }

    /// <summary>From the last entry back, each keeps its place only where no later one lies.</summary>
    private static SymbolTableBuilder WithoutOverwritten(List<Entry> entries)
    {
        var kept = new SortedSet<Entry>(Comparer<Entry>.Create((a, b) => a.Start.CompareTo(b.Start)));
        var candidates = new SymbolTableBuilder(entries.Count);
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            var entry = entries[i];
            var before = kept.GetViewBetween(default, entry).Max;
            var inside = kept.GetViewBetween(entry, entry with { Start = entry.Start + entry.Size - 1 });
            if (before.Start + before.Size > entry.Start || inside.Count > 0)
            {
                continue;
            }

            kept.Add(entry);
            candidates.Add(entry.Start, new SymbolTableBuilder.Candidate(entry.Size, entry.Start + entry.Size, entry.Name, SymbolRank.Global));
        }

        return candidates;
    }
}

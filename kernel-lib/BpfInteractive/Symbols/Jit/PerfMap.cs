using System.Buffers.Text;

namespace BpfInteractive;

/// <summary>
/// The names a just-in-time compiler writes to /tmp/perf-PID.map: lines of <c>START SIZE name</c>, the numbers hexadecimal
/// (tools/perf/Documentation/jit-interface.txt).
/// </summary>
internal static class PerfMap
{
    /// <summary>Reads a map; lines that are no entries (a half-written last one among them) are passed over and counted.</summary>
    /// <returns>The functions, and the places at which there are two of different names.</returns>
    internal static (SymbolTable Functions, SymbolTable UsedAgain) Parse(byte[] text, out int damagedLines)
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
                entries.Add(new Entry(start, start + size, at + nameAt, line.Length - nameAt));
            }
            else if (line.Length > 0)
            {
                damagedLines++;
            }

            at += end < 0 ? rest.Length : end + 1;
            rest = end < 0 ? default : rest[(end + 1)..];
        }

        return (FunctionsOf(entries).Build(text), UsedAgain(entries, text).Build(text));
    }

    private readonly record struct Entry(ulong Start, ulong End, int Name, int NameLength)
    {
        internal bool IsNamedAs(Entry other, byte[] text) => NameIn(text).SequenceEqual(other.NameIn(text));

        private ReadOnlySpan<byte> NameIn(byte[] text) => text.AsSpan(Name, NameLength);
    }

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

    private static SymbolTableBuilder FunctionsOf(List<Entry> entries)
    {
        var functions = new SymbolTableBuilder(entries.Count);
        foreach (var entry in entries)
        {
            functions.Add(entry.Start, new SymbolTableBuilder.Candidate(entry.End - entry.Start, entry.End, entry.Name, SymbolRank.Global));
        }

        return functions;
    }

    /// <summary>
    /// In the order of their starts, each entry is held against the one so far that reaches furthest: one sweep, so that no map takes long. Where two of different
    /// names overlap, the place is doubtful as far as both reach. Doubtful places come in order too, and those that touch become one.
    /// </summary>
    private static SymbolTableBuilder UsedAgain(List<Entry> entries, byte[] text)
    {
        var doubtful = new List<Entry>();
        var furthest = default(Entry);
        foreach (var entry in entries.OrderBy(entry => entry.Start))
        {
            if (entry.Start < furthest.End && !entry.IsNamedAs(furthest, text))
            {
                var end = Math.Min(entry.End, furthest.End);
                if (doubtful is [.., var last] && entry.Start <= last.End)
                {
                    doubtful[^1] = last with { End = Math.Max(last.End, end) };
                }
                else
                {
                    doubtful.Add(entry with { End = end });
                }
            }

            furthest = furthest.End > entry.End ? furthest : entry;
        }

        return FunctionsOf(doubtful);
    }
}

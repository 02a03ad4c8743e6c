using System.Buffers;

namespace BpfInteractive;

/// <summary>
/// Reads of a symbol table what a few addresses need. A table has a hundred thousand functions where a capture was in fifty of them: to copy, sort and keep all was a third of what a capture
/// cost. The table is passed over twice in blocks that stay in the processor's cache, and of the names only those are read that are used.
/// </summary>
internal static class WantedSymbolReader
{
    /// <summary>More functions around the addresses asked for, or longer names, are a matter for who reads the whole table within bounds.</summary>
    private const int MostFunctions = 4096;
    private const int LongestName = 1 << 16;
    private const int UsualName = 128;

    /// <summary>
    /// A table that says of some addresses what the whole one would. Null where that takes the whole one: where what holds an address may be a function without a size, which ends where the
    /// next begins.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="section">The table, whose size and entries are as they should.</param>
    /// <param name="wanted">The addresses, ascending.</param>
    /// <exception cref="SymbolFileException">The table is damaged.</exception>
    internal static SymbolTable? Read(ElfFile file, ElfFile.Section section, ulong[] wanted)
    {
        var strings = file.LinkOf(section);
        file.Check(section);
        file.Check(strings);
        return StartsOf(file, section, strings, wanted) is { } starts ? Collect(file, section, strings, starts) : null;
    }

    /// <summary>Where the functions begin that hold an address.</summary>
    private static HashSet<ulong>? StartsOf(ElfFile file, ElfFile.Section section, ElfFile.Section strings, ulong[] wanted)
    {
        var starts = new HashSet<ulong>();
        var nearest = new (ulong Start, bool IsUnsized)[wanted.Length]; // of those that begin behind the address before: the last
        var hasFunctions = false;
        using var symbols = new SymbolPass(file, section, strings);
        while (symbols.MoveNext(out var symbol))
        {
            hasFunctions |= symbol.Rank != SymbolRank.Label;
            var at = Array.BinarySearch(wanted, symbol.Start);
            at = at < 0 ? ~at : at;
            if (at == wanted.Length)
            {
                continue;
            }

            var known = nearest[at];
            nearest[at] = (Math.Max(known.Start, symbol.Start), symbol.Start > known.Start ? symbol.Size == 0 : known.IsUnsized || (symbol.Start == known.Start && symbol.Size == 0));
            if (wanted[at] - symbol.Start < Math.Min(symbol.Size, uint.MaxValue) && starts.Add(symbol.Start) && starts.Count > MostFunctions)
            {
                return null;
            }
        }

        return hasFunctions && !Array.Exists(nearest, one => one.IsUnsized) ? starts : null;
    }

    /// <summary>All functions that begin there, since which of several names counts is found out when all are known.</summary>
    private static SymbolTable? Collect(ElfFile file, ElfFile.Section section, ElfFile.Section strings, HashSet<ulong> starts)
    {
        var builder = new SymbolTableBuilder(starts.Count);
        var names = new ArrayBufferWriter<byte>(UsualName * (starts.Count + 1));
        names.Write((ReadOnlySpan<byte>)[0]);
        var count = 0;
        using var symbols = new SymbolPass(file, section, strings);
        while (starts.Count > 0 && symbols.MoveNext(out var symbol))
        {
            if (symbol.Size == 0 || !starts.Contains(symbol.Start))
            {
                continue;
            }

            var at = names.WrittenCount;
            if (++count > MostFunctions || !TryAddName(names, file, strings, symbol.Name))
            {
                builder.Build(names.WrittenMemory); // gives its arrays back
                return null;
            }

            if (!ElfSymbol.IsMark(symbol.Rank, names.WrittenSpan[at..]))
            {
                builder.Add(symbol.Start, new SymbolTableBuilder.Candidate(symbol.Size, symbol.Limit, at, symbol.Rank));
            }
        }

        return builder.Build(names.WrittenMemory, hasFunctions: true);
    }

    /// <summary>Adds a name with what is to follow it, and a zero.</summary>
    /// <param name="names">Where to.</param>
    /// <param name="file">The file.</param>
    /// <param name="strings">The names' section, which was checked.</param>
    /// <param name="name">Where the name begins in it.</param>
    /// <param name="suffix">What is to follow.</param>
    /// <returns>False for a name that is too long.</returns>
    internal static bool TryAddName(ArrayBufferWriter<byte> names, ElfFile file, ElfFile.Section strings, uint name, ReadOnlySpan<byte> suffix = default)
    {
        for (var most = UsualName; most <= LongestName; most *= 8)
        {
            var length = (int)Math.Min((ulong)most, strings.Size - name);
            var bytes = names.GetSpan(length + 1)[..length];
            file.Fill(bytes, strings.Offset + name, strings.Name);
            var end = bytes.IndexOf((byte)0);
            if (end >= 0 || (ulong)length == strings.Size - name)
            {
                names.Advance(end < 0 ? length : end);
                names.Write(suffix);
                names.Write((ReadOnlySpan<byte>)[0]);
                return true;
            }
        }

        return false;
    }

    /// <summary>One way through a table.</summary>
    private ref struct SymbolPass(ElfFile file, ElfFile.Section section, ElfFile.Section strings)
    {
        private const int BlockLength = 2048 * ElfSymbol.EntryLength;

        private readonly byte[] _block = ArrayPool<byte>.Shared.Rent(BlockLength);
        private readonly IReadOnlyList<ElfFile.Section> _sections = file.Sections;
        private readonly ulong _stringsLength = strings.Kind == ElfFile.Section.NoBits ? 0 : strings.Size;
        private readonly bool _withLabels = section.Name == ElfSymbolReader.Whole;
        private ulong _next;
        private Span<byte> _rest;

        internal bool MoveNext(out ElfSymbol symbol)
        {
            while (true)
            {
                if (_rest.Length < ElfSymbol.EntryLength && !Fill())
                {
                    symbol = default;
                    return false;
                }

                var entry = _rest[..ElfSymbol.EntryLength];
                _rest = _rest[ElfSymbol.EntryLength..];
                if (ElfSymbol.TryRead(entry, _sections, _stringsLength, _withLabels, out symbol))
                {
                    return true;
                }
            }
        }

        public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_block);

        private bool Fill()
        {
            _rest = _block.AsSpan(0, (int)Math.Min(BlockLength, section.Size - _next));
            file.Fill(_rest, section.Offset + _next, section.Name);
            _next += (ulong)_rest.Length;
            return _rest.Length >= ElfSymbol.EntryLength;
        }
    }
}

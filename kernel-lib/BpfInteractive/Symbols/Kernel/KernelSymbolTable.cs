using System.Buffers.Text;

namespace BpfInteractive;

/// <summary>
/// The kernel's functions, its modules' and the loaded BPF programs', from /proc/kallsyms: lines of <c>ADDRESS KIND name [module]</c>.
/// Where kptr_restrict hides the addresses they read as zero, without an error.
/// </summary>
internal static class KernelSymbolTable
{
    /// <summary>kallsyms has no sizes: a function reaches to the next one, but not across the gap behind the last of a module.</summary>
    private const ulong LongestFunction = 1 << 20;

    /// <summary>A name has 512 bytes at most (KSYM_NAME_LEN); a longer line is none of the kernel's and is left out.</summary>
    private const int BufferBytes = 64 << 10;

    /// <summary>As many as a distribution's kernel has, with its modules.</summary>
    private const int UsualFunctions = 200_000;

    /// <summary>Reads the text; null where the addresses are hidden.</summary>
    internal static SymbolTable? Parse(byte[] text) => Read(new MemoryStream(text));

    /// <summary>As above, a piece at a time: of the text's 12 MB a third is kept.</summary>
    internal static SymbolTable? Read(Stream text)
    {
        var functions = new SymbolTableBuilder(UsualFunctions);
        var names = new NameBytes();
        var buffer = new byte[BufferBytes];
        var (length, found, isEmpty) = (0, false, true);
        for (int n; (n = text.Read(buffer, length, buffer.Length - length)) > 0;)
        {
            isEmpty = false;
            length += n;
            var used = AddLines(buffer.AsSpan(0, length), functions, names, ref found);
            used = used == 0 && length == buffer.Length ? length : used;
            buffer.AsSpan(used, length - used).CopyTo(buffer);
            length -= used;
        }

        AddLine(buffer.AsSpan(0, length), functions, names, ref found);
        return found || isEmpty ? functions.Build(names.Written) : null;
    }

    /// <summary>Takes in all whole lines; gives the bytes that they have.</summary>
    private static int AddLines(ReadOnlySpan<byte> text, SymbolTableBuilder functions, NameBytes names, ref bool found)
    {
        var at = 0;
        for (int end; (end = text[at..].IndexOf((byte)'\n')) >= 0; at += end + 1)
        {
            AddLine(text.Slice(at, end), functions, names, ref found);
        }

        return at;
    }

    private static void AddLine(ReadOnlySpan<byte> line, SymbolTableBuilder functions, NameBytes names, ref bool found)
    {
        // "ffffffff81000000 T name\t[module]": the kinds t, T, w and W are code.
        if (Utf8Parser.TryParse(line, out ulong address, out var used, 'x') && address != 0 && used + 3 < line.Length
            && (line[used + 1] | 0x20) is (byte)'t' or (byte)'w')
        {
            functions.Add(address, new SymbolTableBuilder.Candidate(0, address + LongestFunction, names.Add(line[(used + 3)..]), RankOf(line[used + 1])));
            found = true;
        }
    }

    private static SymbolRank RankOf(byte kind) => kind switch { (byte)'T' => SymbolRank.Global, (byte)'t' => SymbolRank.Local, _ => SymbolRank.Weak };

    /// <summary>Names, each with a NUL behind it. Room that is not written to costs nothing.</summary>
    private sealed class NameBytes
    {
        private byte[] _bytes = GC.AllocateUninitializedArray<byte>(8 << 20);
        private int _length;

        internal ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

        internal int Add(ReadOnlySpan<byte> name)
        {
            var at = _length;
            if (_bytes.Length - at <= name.Length)
            {
                Array.Resize(ref _bytes, (_bytes.Length * 2) + name.Length);
            }

            name.CopyTo(_bytes.AsSpan(at));
            _bytes[at + name.Length] = 0;
            _length = at + name.Length + 1;
            return at;
        }
    }
}

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

    /// <summary>Reads the text; null where the addresses are hidden.</summary>
    internal static SymbolTable? Parse(byte[] text)
    {
        var functions = new SymbolTableBuilder(200_000);
        var found = false;
        var lines = 0;
        for (var at = 0; at < text.Length; lines++)
        {
            var line = text.AsSpan(at);
            var end = line.IndexOf((byte)'\n');
            line = end < 0 ? line : line[..end];

            // "ffffffff81000000 T name\t[module]": the kinds t, T, w and W are code.
            if (Utf8Parser.TryParse(line, out ulong address, out var used, 'x') && address != 0 && used + 3 < line.Length
                && (line[used + 1] | 0x20) is (byte)'t' or (byte)'w')
            {
                var name = at + used + 3;
                functions.Add(address, new SymbolTableBuilder.Candidate(0, address + LongestFunction, name, RankOf(line[used + 1])));
                found = true;
            }

            if (end < 0)
            {
                break;
            }

            text[at + end] = 0;
            at += end + 1;
        }

        return found || lines == 0 ? functions.Build(text) : null;
    }

    private static SymbolRank RankOf(byte kind) => kind switch { (byte)'T' => SymbolRank.Global, (byte)'t' => SymbolRank.Local, _ => SymbolRank.Weak };
}

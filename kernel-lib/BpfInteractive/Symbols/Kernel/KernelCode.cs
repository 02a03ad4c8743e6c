namespace BpfInteractive;

/// <summary>Functions of the kernel, its modules and the loaded BPF programs, and where the kernel's own code lies.</summary>
/// <param name="Table">The functions; a module's name ends with "\t[module]", a BPF program's with "\t[bpf]".</param>
/// <param name="Start">The first byte of the kernel's own code; 0 where that is not known.</param>
/// <param name="End">The byte behind its last section of code.</param>
internal sealed record KernelCode(SymbolTable Table, ulong Start, ulong End)
{
    internal static KernelCode None { get; } = new(SymbolTable.Empty, 0, 0);

    /// <summary>Whether a name, as the table has it, is a BPF program's.</summary>
    internal static bool IsBpf(ReadOnlySpan<byte> name) => name.EndsWith("\t[bpf]"u8);

    /// <summary>The same, from the symbols that bound the kernel's code; each is 0 where it is not known.</summary>
    internal static KernelCode Of(SymbolTable table, Bounds bounds)
    {
        var start = FirstOf(bounds.Text, bounds.CodeStart, table.Count > 0 ? table.StartOf(0) : 0);
        return new(table, start, FirstOf(bounds.InitCodeEnd, bounds.CodeEnd, start));

        static ulong FirstOf(ulong one, ulong other, ulong last) => one != 0 ? one : other != 0 ? other : last;
    }

    /// <summary>The addresses of <c>_text</c>, <c>_stext</c>, <c>_etext</c> and <c>_einittext</c>.</summary>
    internal record struct Bounds(ulong Text, ulong CodeStart, ulong CodeEnd, ulong InitCodeEnd)
    {
        /// <summary>Takes the address of a symbol that is one of them.</summary>
        internal void Note(ReadOnlySpan<byte> name, ulong address)
        {
            if (name[0] != '_' || name.Length > "_einittext".Length)
            {
                return;
            }

            if (name.SequenceEqual("_text"u8))
            {
                Text = address;
            }
            else if (name.SequenceEqual("_stext"u8))
            {
                CodeStart = address;
            }
            else if (name.SequenceEqual("_etext"u8))
            {
                CodeEnd = address;
            }
            else if (name.SequenceEqual("_einittext"u8))
            {
                InitCodeEnd = address;
            }
        }
    }
}

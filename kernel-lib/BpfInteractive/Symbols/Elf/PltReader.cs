using System.Buffers.Binary;

namespace BpfInteractive;

/// <summary>
/// Names the stubs of the procedure linkage table: <c>foo@plt</c>. A stub jumps through a slot that a relocation fills; so each stub's
/// <c>jmp *slot(%rip)</c> is read and its slot looked up, which holds for .plt, .plt.sec (with IBT) and .plt.got alike.
/// </summary>
/// <remarks>x86-64 (System V ABI, "Procedure Linkage Table"); other machines give an empty table.</remarks>
internal static class PltReader
{
    private const ushort MachineX64 = 62;
    private const int RelocationLength = 24;
    private const int SymbolLength = 24;

    /// <summary>R_X86_64_GLOB_DAT and R_X86_64_JUMP_SLOT.</summary>
    private const uint KindGlobalData = 6;
    private const uint KindJumpSlot = 7;

    /// <summary>jmp *disp32(%rip); the four bytes of the displacement follow.</summary>
    private static ReadOnlySpan<byte> JumpThroughSlot => [0xff, 0x25];

    /// <summary>Whether a section holds stubs, or in a debug file says where they are.</summary>
    internal static bool HasStubs(ElfFile.Section section) => section.Name is ".plt" or ".plt.sec" or ".plt.got";

    /// <summary>Reads the stubs.</summary>
    /// <param name="file">The file.</param>
    /// <param name="wanted">The only addresses that will be looked up; null for all. Where none lies among stubs, nothing is read.</param>
    /// <exception cref="SymbolFileException">A table is damaged.</exception>
    internal static SymbolTable Read(ElfFile file, ulong[]? wanted = null)
    {
        if (file.Machine != MachineX64 || !MayHoldStubs(file, wanted) || file.Find(".dynsym") is not { EntrySize: SymbolLength } symbolSection)
        {
            return SymbolTable.Empty;
        }

        using var symbols = file.Rent(symbolSection);
        using var names = file.Rent(file.LinkOf(symbolSection));
        var slots = new Dictionary<ulong, uint>();
        AddSlots(slots, file, ".rela.plt", symbols.Span, names.Span.Length);
        if (file.Find(".plt.got") is not null || file.Find(".rela.plt") is null)
        {
            AddSlots(slots, file, ".rela.dyn", symbols.Span, names.Span.Length);
        }

        var stubs = new SymbolTableBuilder(64);
        var strings = new StringPool();
        foreach (var section in file.Sections)
        {
            if (HasStubs(section) && section.EntrySize is 8 or 16)
            {
                using var code = file.Rent(section);
                AddStubs(stubs, strings, section, code.Span, slots, names.Span);
            }
        }

        return stubs.Build(strings.ToArray());
    }

    private static bool MayHoldStubs(ElfFile file, ulong[]? wanted) =>
        file.Sections.Any(section => HasStubs(section) && (wanted is null || Array.Exists(wanted, address => address - section.Address < section.Size)));

    private static void AddSlots(Dictionary<ulong, uint> slots, ElfFile file, string name, ReadOnlySpan<byte> symbols, int namesLength)
    {
        if (file.Find(name) is not { EntrySize: RelocationLength } section)
        {
            return;
        }

        using var table = file.Rent(section);
        ReadOnlySpan<byte> entries = table.Span;
        for (; entries.Length >= RelocationLength; entries = entries[RelocationLength..])
        {
            // A vtable's thousands of pointers to functions (R_X86_64_64) are no slots.
            var kind = BinaryPrimitives.ReadUInt32LittleEndian(entries[8..]);
            var symbol = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(entries[12..]) * SymbolLength;
            if (kind is not (KindGlobalData or KindJumpSlot) || symbol == 0 || symbol + SymbolLength > (ulong)symbols.Length)
            {
                continue;
            }

            var text = BinaryPrimitives.ReadUInt32LittleEndian(symbols[(int)symbol..]);
            if (text != 0 && text < namesLength)
            {
                slots[BinaryPrimitives.ReadUInt64LittleEndian(entries)] = text;
            }
        }
    }

    private static void AddStubs(
        SymbolTableBuilder stubs, StringPool strings, ElfFile.Section section, ReadOnlySpan<byte> code, Dictionary<ulong, uint> slots, ReadOnlySpan<byte> names)
    {
        var length = (int)section.EntrySize;
        for (var at = 0; at + length <= code.Length; at += length)
        {
            var stub = code.Slice(at, length);
            var jump = stub.IndexOf(JumpThroughSlot);
            if (jump < 0 || jump + 6 > length)
            {
                continue;
            }

            var start = section.Address + (ulong)at;
            var slot = start + (ulong)jump + 6 + (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(stub[(jump + 2)..]);
            if (slots.TryGetValue(slot, out var name))
            {
                stubs.Add(start, new SymbolTableBuilder.Candidate((ulong)length, start + (ulong)length, strings.Add(names[(int)name..], "@plt"u8), SymbolRank.Global));
            }
        }
    }

    /// <summary>Strings with a zero behind each, as in an ELF file; the first is empty.</summary>
    private sealed class StringPool
    {
        private readonly List<byte> _bytes = [0];

        internal int Add(ReadOnlySpan<byte> zeroTerminated, ReadOnlySpan<byte> suffix)
        {
            var at = _bytes.Count;
            var end = zeroTerminated.IndexOf((byte)0);
            _bytes.AddRange(end < 0 ? zeroTerminated : zeroTerminated[..end]);
            _bytes.AddRange(suffix);
            _bytes.Add(0);
            return at;
        }

        internal byte[] ToArray() => [.. _bytes];
    }
}
